"""Finds secrets where they must not be: in text, in files and in the process list, in any spelling that tells them.

It is told the secrets and the places; it knows nothing of who wrote there.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LOOK_AGAIN_SECONDS = 0.03


def spellings(secret: str) -> set[bytes]:
    """Return the secret as text, JSON, URL, hexadecimal, and as base64 at each of the three possible offsets."""
    raw = secret.encode()
    found = {raw, json.dumps(secret)[1:-1].encode(), quote(secret, safe="").encode(), binascii.hexlify(raw)}
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + raw)
        first = (0, 2, 3)[offset]
        complete = (offset + len(raw)) * 8 // 6
        found |= {encoded[first:complete], base64.urlsafe_b64encode(b"\0" * offset + raw)[first:complete]}
    return found


@dataclass
class Watch:
    """Looks for secrets; use it around what could give them away, to see the process list as well."""

    secrets: Mapping[str, str]
    """What a secret is called, and what it is."""
    found: set[str] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)
    """The beginning of the line in which it was found."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self._spellings = {name: spellings(secret) for name, secret in self.secrets.items()}

    def __enter__(self) -> Self:
        self._stop.clear()
        self._thread = threading.Thread(target=self._watch_processes, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def text(self, place: str, content: str | bytes) -> None:
        """Look at one text."""
        data = content.encode() if isinstance(content, str) else content
        for name, known in self._spellings.items():
            if any(spelling in data for spelling in known):
                lines = [line for line in data.splitlines() if any(spelling in line for spelling in known)]
                self.said[f"{name} in {place}"] = (lines or [b"several lines"])[0][:160].decode(errors="replace")
                self.found.add(f"{name} in {place}")

    def files(self, folder: Path, *, but: Iterable[str] = ()) -> None:
        """Look at every file below a folder, but for those of certain names."""
        for path in folder.rglob("*"):
            if path.is_file() and path.name not in but:
                self.text(str(path.relative_to(folder)), path.read_bytes())

    def _watch_processes(self) -> None:
        while not self._stop.wait(_LOOK_AGAIN_SECONDS):
            for entry in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    command = entry.read_bytes()
                except OSError:
                    continue  # it has just ended
                self.text("the process list", command)
