"""Remembers which objects this plugin began to create, until the engine has surely recorded them.

It holds identities, never content, and decides nothing: whether a live object is the one meant is for each plugin.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

# What nobody came back to for so long is a stack that is gone; its name must not be taken from here any more.
_KEEP_SECONDS: Final = 7 * 24 * 3600.0
UNRECORDED: Final = "slipway:unrecorded"
"""The id with which `slipway up` refreshes what a killed run had begun to create (operations/unrecorded.py)."""


@dataclass(frozen=True)
class Creation:
    """One creation that was begun."""

    urn: str
    server: str
    """Address of the API server, or of the container engine."""
    kind: str
    identifier: str
    """``<namespace>/<name>`` or ``<name>``."""
    began_at: float
    """Seconds since the epoch, by this machine's clock, just before the request."""
    api_version: str = ""
    """Of an object in a cluster."""
    manager: str = ""
    """The field manager that such an object was going to have."""
    uid: str = ""
    """What tells the object from any other of its name, once the server has answered."""


class CreationJournal:
    """A folder with one file for each creation; without a folder it remembers nothing."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._keys: set[str] | None = None
        self._answered: set[str] = set()
        self.named: dict[str, str] = {}
        """URN -> id or name of the object that the engine's state names, as far as it was told."""

    def begin(self, creation: Creation) -> None:
        """Write down what is about to be created, before the request is sent."""
        key = _key(creation.urn)
        self._known().add(key)
        self._write(key, os.O_TRUNC, json.dumps(asdict(creation)))

    def made(self, urn: str, uid: str) -> None:
        """Add the uid that the server gave: as a second line, so that a kill cannot cost the first one."""
        if (key := _key(urn)) in self._known():
            self._write(key, os.O_APPEND, uid)

    def find(self, urn: str) -> Creation | None:
        """Return the creation of a resource that the engine may not have recorded."""
        key = _key(urn)
        if key not in self._known() or self._folder is None:
            return None
        found = _read(self._folder / key)
        if found is None or found.urn != urn or time.time() - found.began_at > _KEEP_SECONDS:
            self.forget(urn)
            return None
        return found

    def answered(self, urn: str) -> None:
        """Note that the engine got the result; it has recorded it once it ends this process in good order."""
        self._answered.add(urn)

    def recorded(self, urn: str, uid: str) -> None:
        """Forget a creation whose object the engine has shown: it is in the state.

        The name alone proves nothing: an object that is deleted before it is replaced has the name of its successor.
        """
        if uid and (creation := self.find(urn)) and creation.uid == uid:
            self.forget(urn)

    def forget(self, urn: str) -> None:
        """Forget a creation."""
        key = _key(urn)
        if self._folder is None or key not in self._known():
            return
        self._known().discard(key)
        with contextlib.suppress(OSError):
            (self._folder / key).unlink()

    def close_in_order(self) -> None:
        """Forget all that was answered: the engine ends a plugin only after it wrote its state."""
        for urn in self._answered:
            self.forget(urn)
        self._answered.clear()

    def _known(self) -> set[str]:
        if self._keys is None:
            self._keys = set()
            if self._folder is not None:
                with contextlib.suppress(OSError):
                    self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                    self._keys = set(os.listdir(self._folder))  # noqa: PTH208 - names only, thousands of them
        return self._keys

    def _write(self, key: str, how: int, line: str) -> None:
        if self._folder is None:
            return
        try:
            # Twice for every object: plain system calls cost a quarter of what a file object does.
            file = os.open(f"{self._folder}/{key}", os.O_WRONLY | os.O_CREAT | how, 0o600)
            try:
                os.write(file, f"{line}\n".encode())
            finally:
                os.close(file)
        except OSError:
            # A home that cannot be written must not keep anybody from creating objects.
            self._folder = None


def _read(path: Path) -> Creation | None:
    """Return what a file says; None for one that a kill cut short, as then nothing was sent either."""
    try:
        begun, _, rest = path.read_text(encoding="utf-8").partition("\n")
        creation = Creation(**json.loads(begun))
    except (OSError, TypeError, ValueError):
        return None
    return replace(creation, uid=rest.strip() or creation.uid) if rest.endswith("\n") else creation


def default_folder() -> Path:
    """Return where the journal is: in Pulumi's home, one folder for each backend, whose stacks may have equal names."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    backend = hashlib.sha256(os.environ.get("PULUMI_BACKEND_URL", "").encode()).hexdigest()[:16]
    return home / "slipway-creations" / backend


def _key(urn: str) -> str:
    return hashlib.sha256(urn.encode()).hexdigest()[:40]
