"""The tools on disk: one directory per pinned definition, complete or not there at all.

It deliberately does not know where a tool comes from; sources fill a directory that the cache hands out, and only a
filled, checked and flushed directory gets the final name.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain import places
from toolchain.definition import Tool, Tools, host_architecture
from toolchain.failure import ToolchainError
from toolchain.manifest import Manifest, intact, read_manifest, record, write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolchain.definition import Packages

REQUIREMENTS_DIRECTORY = Path(__file__).with_name("requirements")
MODULES_DIRECTORY = Path(__file__).with_name("modules")
# Part of every digest: raise it when the layout of a tool's directory changes.
LAYOUT = 1


@dataclass(frozen=True)
class Entry:
    """A tool that is complete in the cache."""

    tool: Tool
    directory: Path
    manifest: Manifest

    def executable(self, name: str) -> Path:
        """Return the path of one executable of the tool."""
        return self.directory / name


class Cache:
    """The part of the cache directory that holds tools: `tools/<name>/<first 12 of the digest>/`."""

    def __init__(
        self,
        tools: Tools,
        root: Path | None = None,
        modules: Path = MODULES_DIRECTORY,
        requirements: Path = REQUIREMENTS_DIRECTORY,
    ) -> None:
        self.tools = tools
        self.root = root or places.cache_directory()
        self.modules = modules
        self.requirements = requirements
        self.logs = self.root / "logs"

    def digest(self, tool: Tool) -> str:
        """Return the sha256 over all that decides the tool's content: definition, go.mod, go.sum, architecture."""
        parts: dict[str, object] = {"layout": LAYOUT, "architecture": host_architecture()}
        # A kind of source that a tool does not use must not change its name, or every cache would be made anew.
        parts["tool"] = tool.model_dump(mode="json", exclude=None if tool.packages else {"packages"})
        if tool.packages:
            # Some of the packages are compiled for one version of Python.
            parts["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
            parts["lock"] = hashlib.sha256(self.lock_file(tool.packages).read_bytes()).hexdigest()
        if tool.go:
            module = self.tools.go_module[tool.go.module]
            parts["go_module"] = module.model_dump(mode="json", exclude={"cpu_minutes"})
            parts["pins"] = [hashlib.sha256(path.read_bytes()).hexdigest() for path in self.pins(tool.go.module)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def pins(self, module: str) -> tuple[Path, Path]:
        """Return go.mod and go.sum of a wrapper module.

        Raises:
            ToolchainError: One of them is missing.
        """
        pins = (self.modules / module / "go.mod", self.modules / module / "go.sum")
        if absent := [path for path in pins if not path.is_file()]:
            raise ToolchainError(f"{absent[0]} is missing: it pins a tool. Restore it from the repository.")
        return pins

    def lock_file(self, packages: Packages) -> Path:
        """Return the lock file of a tool's packages.

        Raises:
            ToolchainError: It is missing.
        """
        path = self.requirements / packages.lock
        if not path.is_file():
            raise ToolchainError(f"{path} is missing: it pins a tool. Restore it from the repository.")
        return path

    def directory(self, tool: Tool) -> Path:
        """Return where the tool is, or will be once it is complete."""
        return self.root / "tools" / tool.name / self.digest(tool)[:12]

    def find(self, tool: Tool) -> Entry | None:
        """Return the tool if it is complete and unchanged since it was put there; costs a few stat calls."""
        directory = self.directory(tool)
        manifest = read_manifest(directory)
        if manifest is None or manifest.digest != self.digest(tool):
            return None
        if not set(tool.executables) <= set(manifest.executables) or not intact(directory, manifest):
            return None
        return Entry(tool, directory, manifest)

    @contextmanager
    def lock(self, name: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold `name` against other set-ups; `waiting` is called once when another one has it.

        The kernel drops the lock with the process, so a killed set-up blocks nobody.
        """
        path = self.root / "locks" / f"{name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def workspace(self, name: str) -> Iterator[Path]:
        """Give an empty directory on the cache's file system; hold the lock `name`, or two set-ups would share it."""
        directory = self.root / "work" / name
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        try:
            yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def install(self, tool: Tool, source: str, fill: Callable[[Path], None], started: float | None = None) -> Entry:
        """Let `fill` put the tool into a new directory, check it, flush it, and give it its name.

        Whatever interrupts it, the tool is afterwards complete or absent. When another set-up was faster, its result
        is returned and `fill` is not called. `started` (time.monotonic) is when work on the tool began.

        Raises:
            ToolchainError: An executable is missing after `fill`; whatever `fill` raises is passed on.
        """
        began = time.monotonic() if started is None else started
        with self.lock(f"{tool.name}-{self.digest(tool)[:12]}"):
            return self.find(tool) or self._install(tool, source, fill, began)

    def _install(self, tool: Tool, source: str, fill: Callable[[Path], None], began: float) -> Entry:
        final = self.directory(tool)
        # Same directory as the final place, so that the rename stays on one file system.
        final.parent.mkdir(parents=True, exist_ok=True)
        self._sweep(final)
        partial = Path(tempfile.mkdtemp(prefix=f".partial-{final.name}-", dir=final.parent))
        try:
            fill(partial)
            for name in tool.executables:
                _require_executable(partial / name, tool)
            seconds = round(time.monotonic() - began, 1)
            write_manifest(partial, record(partial, tool, self.digest(tool), source, seconds))
            publish(partial, final)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        entry = self.find(tool)
        if entry is None:
            raise ToolchainError(f"{tool.name}: {final} changed while it was installed. Run slipway setup again.")
        return entry

    @staticmethod
    def _sweep(final: Path) -> None:
        """Remove what an interrupted set-up left for this very digest; the lock says nobody is at it."""
        for leftover in final.parent.glob(f".partial-{final.name}-*"):
            shutil.rmtree(leftover, ignore_errors=True)


def publish(partial: Path, final: Path) -> None:
    """Flush `partial` to disk and rename it to `final`, replacing a damaged directory of that name."""
    for path in (*partial.rglob("*"), partial):
        if not path.is_symlink():
            flush(path)
    if final.exists():
        damaged = Path(tempfile.mkdtemp(prefix=f".partial-{final.name}-damaged-", dir=final.parent))
        final.rename(damaged / final.name)
        shutil.rmtree(damaged, ignore_errors=True)
    partial.chmod(0o755)
    partial.rename(final)
    flush(final.parent)


def flush(path: Path) -> None:
    """Write a file or directory through to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_executable(path: Path, tool: Tool) -> None:
    if not path.is_file() or path.stat().st_size == 0:
        raise ToolchainError(
            f"{tool.name} {tool.version}: the source gave no executable {path.name}. Check tools.toml."
        )
    path.chmod(0o755)
