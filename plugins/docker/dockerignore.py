"""Which files of a build context are left out: ``.dockerignore`` files and their patterns.

It matches names and reads only the ignore file itself. Source: moby/patternmatcher and its ``ignorefile`` package.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Pattern:
    """One line; ``keeps`` ones start with '!' and bring back what earlier lines left out."""

    text: str
    keeps: bool
    expression: re.Pattern[str]

    @classmethod
    def of(cls, line: str) -> Pattern:
        """Compile a cleaned line.

        Raises:
            ResourceFailed: it is no pattern.
        """
        keeps = line.startswith("!")
        text = line.removeprefix("!")
        try:
            return cls(text, keeps, re.compile(_regular_expression(text)))
        except re.error:
            raise ResourceFailed(f"dockerignore: '{line}' is no pattern.") from None


class IgnoreRules:
    """The lines of one file, in order: the last one that matches decides."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.patterns = [Pattern.of(line) for line in cleaned(lines)]
        self._brings_back = any(pattern.keeps for pattern in self.patterns)

    @classmethod
    def of_context(cls, dockerfile: Path, context: Path) -> IgnoreRules:
        """Read ``<Dockerfile>.dockerignore``, else the context's ``.dockerignore``; none of them ignores nothing."""
        for path in (Path(f"{dockerfile}.dockerignore"), context / ".dockerignore"):
            if path.is_file():
                return cls(path.read_text(encoding="utf-8-sig", errors="replace").splitlines())
        return cls(())

    def ignores(self, name: str) -> bool:
        """Say whether a file, named relative to the context with slashes, is left out."""
        parts = name.split("/")
        candidates = [name, *("/".join(parts[: length + 1]) for length in range(len(parts) - 1))]
        ignored = False
        for pattern in self.patterns:
            # A line can only change the verdict so far, so most need no look.
            if pattern.keeps == ignored and any(pattern.expression.fullmatch(candidate) for candidate in candidates):
                ignored = not pattern.keeps
        return ignored

    def ignores_tree(self, name: str) -> bool:
        """Say whether a directory and all that is in it are left out, so that it need not be walked."""
        return not self._brings_back and self.ignores(name)


def cleaned(lines: Iterable[str]) -> list[str]:
    """Drop comments and blank lines, and write what is left in one way."""
    result = []
    for raw in lines:
        line = raw.strip()
        if raw.startswith("#") or not line:
            continue
        keeps = line.startswith("!")
        text = line.removeprefix("!").strip()
        if keeps and not text:
            raise ResourceFailed("dockerignore: a lone '!' is no pattern.")
        text = posixpath.normpath(text)
        # A leading slash means the context's root, as does none.
        text = text.lstrip("/") if len(text) > 1 else text
        result.append(f"!{text}" if keeps else text)
    return result


def _regular_expression(pattern: str) -> str:
    """Translate: ``*`` stays inside a directory, ``**`` crosses them, ``?`` is one character, ``[a-z]`` a set."""
    result, at = "", 0
    while at < len(pattern):
        character = pattern[at]
        if pattern.startswith("**", at):
            at += 2
            if pattern.startswith("/", at):
                at += 1
            result += ".*" if at == len(pattern) else "(.*/)?"
            continue
        if character == "*":
            result += "[^/]*"
        elif character == "?":
            result += "[^/]"
        elif character == "[":
            end = pattern.find("]", at + 1)
            end = len(pattern) if end < 0 else end
            result += "[" + pattern[at + 1 : end] + ("]" if end < len(pattern) else "")
            at = end
        elif character == "\\" and at + 1 < len(pattern):
            at += 1
            result += re.escape(pattern[at])
        else:
            result += re.escape(character)
        at += 1
    return result
