"""`slipway list`: everything that slipway has on this machine, as one value for a table and for JSON.

It deliberately changes nothing, and shows what it can when the container engine or the Pulumi CLI is missing.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from operations import pulumi_cli
from operations.container_engine import connect
from operations.failure import OperationFailedError
from operations.owned import Owned, owned_objects

if TYPE_CHECKING:
    from operations.session import Session


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class Stack(_Model):
    """One stack in the backend."""

    name: str
    resources: int | None
    last_update: str | None


class Directory(_Model):
    """A directory of slipway's."""

    purpose: str
    path: Path
    size_bytes: int


class Inventory(_Model):
    """Everything; `problems` says what could not be looked at."""

    objects: tuple[Owned, ...]
    stacks: tuple[Stack, ...]
    directories: tuple[Directory, ...]
    problems: tuple[str, ...]


def take_inventory(session: Session | None) -> Inventory:
    """Look everywhere.

    Args:
        session: Any environment, for its backend; None when the Pulumi CLI is not there yet.
    """
    from toolchain.places import cache_directory, state_directory  # noqa: PLC0415 - keeps `--help` quick

    problems: list[str] = []
    return Inventory(
        objects=tuple(_objects(problems)),
        stacks=tuple(_stacks(session, problems)),
        directories=(
            Directory(purpose="cache", path=cache_directory(), size_bytes=size_of(cache_directory())),
            Directory(purpose="state", path=state_directory(), size_bytes=size_of(state_directory())),
        ),
        problems=tuple(problems),
    )


def size_of(directory: Path) -> int:
    """Return the bytes of all files below a directory; links count nothing and hard links once."""
    seen: dict[tuple[int, int], int] = {}
    for parent, _, names in os.walk(directory):
        for name in names:
            try:
                status = (Path(parent) / name).lstat()
            except FileNotFoundError:
                continue  # Somebody is at work in there.
            seen[status.st_dev, status.st_ino] = status.st_size
    return sum(seen.values())


def _objects(problems: list[str]) -> list[Owned]:
    try:
        return owned_objects(connect(), sizes=True)
    except OperationFailedError as error:
        problems.append(str(error))
        return []


def _stacks(session: Session | None, problems: list[str]) -> list[Stack]:
    if session is None:
        problems.append("The Pulumi CLI is not there yet, so stacks are not shown. Run: slipway setup")
        return []
    if (backend := session.backend_directory) and not backend.exists():
        return []
    try:
        if session.backend_files:
            session.backend_files.check()
        listed = json.loads(pulumi_cli.capture(session, "stack", "ls", "--json"))
    except OperationFailedError as error:
        problems.append(str(error))
        return []
    return [
        Stack(name=entry["name"], resources=entry.get("resourceCount"), last_update=entry.get("lastUpdate"))
        for entry in listed
    ]
