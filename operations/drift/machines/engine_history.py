"""Who may have changed something in the container engine, and when.

The engine asks nobody for a name: whoever may open its socket may do everything. So the author is everybody who may,
by the socket's owner and group, and the event that the engine remembers (its last 256) says when and what.
"""

from __future__ import annotations

import grp
import pwd
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations.drift.finding import Author

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker import DockerClient

SOCKET = Path("/var/run/docker.sock")
HISTORY_SECONDS = 30 * 24 * 3600
# What a kind of difference is made by: https://docs.docker.com/reference/cli/docker/system/events
ACTIONS = {
    "state": ("stop", "die", "kill", "pause", "destroy", "start", "restart", "unpause"),
    "name": ("rename",),
    "network": ("connect", "disconnect"),
    "missing": ("destroy", "remove"),
    "made": ("create",),
}
UPDATE = ("update",)


def read_events(client: DockerClient) -> list[dict[str, Any]]:
    """Return what the engine remembers, the oldest first."""
    now = int(time.time())
    events = client.events(since=now - HISTORY_SECONDS, until=now, decode=True)
    return [event for event in events if event.get("Type") in ("container", "network", "volume")]


def who_may(socket: Path = SOCKET) -> str:
    """Return everybody who may use the engine: `root`, or `root or alice or bob`."""
    try:
        status = socket.stat()
    except OSError:
        return "whoever reaches the container engine"
    names = ["root"]
    if status.st_mode & 0o006:
        return "every user of this machine"
    if status.st_mode & 0o060:
        try:
            group = grp.getgrgid(status.st_gid)
        except KeyError:
            group = None
        members = list(group.gr_mem) if group else []
        names += [*members, *(user.pw_name for user in pwd.getpwall() if user.pw_gid == status.st_gid)]
    return " or ".join(dict.fromkeys(names))


def author(identifiers: Sequence[str], what: str, events: Sequence[dict[str, Any]], *, people: str) -> Author:
    """Tell who and when.

    Args:
        identifiers: Id and name of the thing, and of a container where a network is meant.
        what: A key of ACTIONS, or a property that `docker update` changes.
        events: What the engine remembers.
        people: Who may use it.
    """
    actions = ACTIONS.get(what.partition(" ")[0], UPDATE)
    matching = [event for event in events if event.get("Action") in actions and _concerns(event, identifiers)]
    at = datetime.fromtimestamp(matching[-1]["time"], UTC) if matching else None
    via = f"container engine, {matching[-1]['Action']}" if matching else "container engine"
    return Author(name=people, via=via, at=at, source="container engine")


def by_exec(event: dict[str, Any]) -> Author:
    """Tell who ran a command inside a machine by way of the engine."""
    at = datetime.fromtimestamp(event["time"], UTC)
    return Author(name=who_may(), via="container engine, exec", at=at, source="container engine")


def _concerns(event: dict[str, Any], identifiers: Sequence[str]) -> bool:
    actor = event.get("Actor") or {}
    attributes = actor.get("Attributes") or {}
    known = {
        actor.get("ID"),
        attributes.get("name"),
        attributes.get("container"),
        attributes.get("oldName", "").lstrip("/"),
    }
    return any(identifier in known for identifier in identifiers if identifier)
