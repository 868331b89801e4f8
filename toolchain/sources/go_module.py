"""Tools that are compiled from a pinned Go module: all that is missing of one wrapper module in a single `go build`.

It deliberately never changes go.mod or go.sum (-mod=readonly on a copy), so what they do not pin is not built.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.command import run_captured, run_logged
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from toolchain.definition import GoModule

ADVICE = "Check that Go's module proxy can be reached from here (go env GOPROXY), then run slipway setup again."
_MAJOR = re.compile(r"^v\d+$")


@dataclass(frozen=True)
class GoWorkspace:
    """A throw-away copy of a wrapper module's pins, and what is to be built in it."""

    go: Path
    directory: Path
    module: GoModule
    packages: Mapping[str, str]
    """Executable -> Go package."""
    log: Path

    def prepare(self, pins: Iterable[Path]) -> None:
        """Copy go.mod and go.sum, and lay the module's generated files over what upstream published.

        Raises:
            CommandError: A module cannot be downloaded, or is not the one that go.sum pins.
        """
        for pin in pins:
            shutil.copyfile(pin, self.directory / pin.name)
        for number, (place, content) in enumerate(sorted(self.module.files.items())):
            upstream, path = place.split(":", 1)
            patched = self.directory / f"patched-{number}"
            self.copy_data(f"{upstream}:.", patched)
            (patched / path).write_text(content + "\n", encoding="utf-8")
            self._go("mod", "edit", f"-replace={upstream}=./{patched.name}")

    def build(self) -> dict[str, Path]:
        """Compile all packages at once and return where each executable is.

        Raises:
            CommandError: Go cannot fetch or compile; the text holds the end of its log.
            ToolchainError: Two packages would give the same file.
        """
        if not self.packages:
            return {}  # a module that is only wanted for its data
        output = self.directory / "out"
        output.mkdir()
        built = {name: output / binary_name(package) for name, package in self.packages.items()}
        if len(set(built.values())) != len(built):
            raise ToolchainError(f"Two of {', '.join(sorted(self.packages.values()))} have the same last element.")
        command = (str(self.go), "-C", str(self.directory), "build", "-trimpath", "-buildvcs=false", *self._pinned())
        flags = (f"-p={os.cpu_count() or 1}", f"-ldflags={linker_flags(self.module)}", "-o", f"{output}/")
        run_logged((*command, *flags, *self.packages.values()), self.log, advice=ADVICE, environment=go_environment())
        return built

    def prefetch(self) -> None:
        """Download the modules that the packages need, so that a later build waits for no network."""
        if self.packages:
            self._go("list", "-deps", *self._pinned(), *self.packages.values())

    def copy_data(self, place: str, target: Path) -> None:
        """Copy a directory (`module:path`) of a required module to `target`."""
        upstream, path = place.split(":", 1)
        source = self._directory_of(upstream) / path
        if not source.is_dir():
            raise ToolchainError(f"{upstream} has no directory {path}. Correct it in tools.toml.")
        shutil.copytree(source, target, copy_function=shutil.copyfile)
        # The module cache is read-only, and so would be its copy; only the executable bit carries meaning.
        for made in (target, *target.rglob("*")):
            runnable = made.is_dir() or os.access(source / made.relative_to(target), os.X_OK)
            made.chmod(0o755 if runnable else 0o644)

    def _directory_of(self, upstream: str) -> Path:
        pins = self.directory / "go.sum"
        before = pins.read_bytes()
        self._go("mod", "download", upstream)
        if pins.read_bytes() != before:  # `go mod download` adds what is missing, where a build would refuse it
            raise ToolchainError(f"go.sum does not pin {upstream}, so it is not used. Restore it from the repository.")
        return Path(json.loads(self._go("list", "-m", "-json", upstream))["Dir"])

    def _pinned(self) -> tuple[str, ...]:
        return ("-mod=readonly", f"-tags={','.join(self.module.tags)}")

    def _go(self, *arguments: str) -> str:
        command = (str(self.go), "-C", str(self.directory), *arguments)
        return run_captured(command, advice=ADVICE, environment=go_environment())


def binary_name(package: str) -> str:
    """Return what `go build -o directory/` calls the binary of a package: the last element that is no version."""
    elements = package.split("/")
    return elements[-2] if len(elements) > 1 and _MAJOR.match(elements[-1]) else elements[-1]


def linker_flags(module: GoModule) -> str:
    """Return the -ldflags: no symbol tables, and the version stamps."""
    return " ".join(("-s", "-w", *(f"-X '{name}={value}'" for name, value in sorted(module.stamps.items()))))


def go_environment() -> dict[str, str]:
    """Return this process's environment with everything fixed that would change what Go builds.

    Where modules come from (GOPROXY and its kin) and where Go caches stay as the machine has them.
    """
    changed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": ""}
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"GOROOT", "GOOS", "GOARCH", "GOAMD64", "GOEXPERIMENT"}
    }
    return {**kept, **changed}
