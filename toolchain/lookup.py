"""Where an executable of the toolchain is on this machine: what the rest of slipway asks for.

It deliberately never fetches or builds; a tool that is not complete in the cache is an error with the command to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain.cache import Cache, Entry
from toolchain.definition import load_tools
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from pathlib import Path


class MissingToolError(ToolchainError):
    """A tool is not complete in the cache."""


def executable(name: str) -> Path:
    """Return the path of an executable such as `kubectl`.

    Raises:
        MissingToolError: It is not in the cache.
        ToolchainError: No such executable is listed in tools.toml.
    """
    entry = _entry(name)
    if name not in entry.tool.executables:
        offered = ", ".join(entry.tool.executables)
        raise ToolchainError(f"{name} is a tool, not an executable: it offers {offered}.")
    return entry.executable(name)


def data_directory(tool: str, name: str) -> Path:
    """Return a directory of source data that is kept with a tool, such as `bpf` of `cilium`.

    Raises:
        MissingToolError: The tool is not in the cache.
        ToolchainError: The tool has no such data.
    """
    entry = _entry(tool)
    if name not in entry.manifest.data:
        kept = ", ".join(sorted(entry.manifest.data)) or "none"
        raise ToolchainError(f"{tool} keeps no data named {name} (kept: {kept}). Add it in toolchain/tools.toml.")
    return entry.directory / name


def tool_digest(name: str) -> str:
    """Return the sha256 that identifies a tool's content; `name` is a tool or one of its executables.

    It is known before the tool is built, so that what is made from the tool can be named before it exists.
    """
    tools = load_tools()
    return Cache(tools).digest(tools.find(name))


def _entry(name: str) -> Entry:
    tools = load_tools()
    tool = tools.find(name)
    cache = Cache(tools)
    entry = cache.find(tool)
    if entry is None:
        command = f"slipway setup --with {tool.name}" if tool in tools.optional_tool else "slipway setup"
        raise MissingToolError(
            f"{name} ({tool.name} {tool.version}) is not in the cache ({cache.directory(tool)}). Run: {command}"
        )
    return entry
