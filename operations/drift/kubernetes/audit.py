"""Who changed a Kubernetes object, from the API server's audit log and the owners of the fields.

It is pure; reading the log is for `audit_log`. The log holds no contents, so of two people who wrote with the same
program since the last update both are named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from operations.drift.finding import Author

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.drift.kubernetes.managed_fields import Owner

OWN_AGENTS = ("slipway-kubernetes", "pulumi-kubernetes", "slipway-drift")
SAME_MOMENT = timedelta(seconds=2)
"""Managed fields are written in whole seconds, some time before the log's own entry."""
MACHINERY = re.compile(r"system:(?:node:.*|kube-.*|apiserver|serviceaccount:kube-system:.*)")

NAMESPACES = "namespaces"
CHANGED, CREATED, DELETED = "changed", "created", "deleted"

Target = tuple[str, str, str, str]
"""Group, plural, namespace and name, as the audit log says them."""


@dataclass(frozen=True)
class Write:
    """One request that changed something."""

    verb: str
    user: str
    impersonated: str
    agent: str
    manager: str
    """Field manager, where the request named one."""
    source: str
    at: datetime
    target: Target

    @property
    def program(self) -> str:
        """The first word of the user agent: `kubectl`."""
        return self.agent.partition("/")[0].partition(" ")[0]

    @property
    def name(self) -> str:
        """Who is to be asked."""
        return f"{self.impersonated} (impersonated by {self.user})" if self.impersonated else self.user


def parse_write(entry: dict[str, str]) -> Write:
    """Read one entry of what the probe prints."""
    plural = entry["plural"]
    managers = parse_qs(urlsplit(entry["uri"]).query).get("fieldManager", [""])
    return Write(
        verb=entry["verb"],
        user=entry["user"],
        impersonated=entry["as"],
        agent=entry["agent"],
        manager=managers[0],
        source=entry["from"],
        at=moment(entry["at"]),
        target=(entry["group"], plural, "" if plural == NAMESPACES else entry["namespace"], entry["name"]),
    )


def moment(text: str) -> datetime:
    """Read a time of the API server."""
    return datetime.fromisoformat(text).astimezone(UTC)


def author(
    target: Target,
    owners: Sequence[Owner],
    writes: Sequence[Write],
    *,
    others: Sequence[Owner] = (),
    event: str = CHANGED,
) -> Author | None:
    """Tell who changed something of an object.

    Args:
        target: The object.
        owners: Who owns the fields now; nobody where they are gone.
        writes: What the audit logs say of all objects.
        others: All owners of fields of the object: what they still own explains their own requests.
        event: Whether the object itself was deleted, or made anew.
    """
    if event == DELETED:
        gone = [write for write in writes if _deletes(write, target) and not is_own(write)]
        # A collection that is emptied, or a namespace that is cleaned, comes after the word of whoever ordered it.
        people = [write for write in gone if not MACHINERY.fullmatch(write.user)]
        return _author((people or gone)[-1:])
    own = [write for write in writes if write.target == target]
    since = max((write.at for write in own if is_own(write)), default=datetime.min.replace(tzinfo=UTC))
    foreign = [write for write in own if write.at > since and not is_own(write) and write.verb != "delete"]
    if owners:
        matching = [write for write in foreign if any(_by(write, owner) for owner in owners)]
        return _author(matching) or _managers(owners)
    people = [write for write in foreign if not MACHINERY.fullmatch(write.user)]
    if event == CREATED:
        return _author([write for write in people if write.verb == "create"][-1:])
    # Whoever took something away owns nothing of it; who owns what they wrote then did something else.
    unexplained = [write for write in people if not any(_wrote_then(write, owner) for owner in others)]
    return _author(unexplained or people)


def is_own(write: Write) -> bool:
    """Say whether slipway itself wrote."""
    return write.agent.startswith(OWN_AGENTS)


def _deletes(write: Write, target: Target) -> bool:
    if write.verb == "delete":
        return write.target == target
    return write.verb == "deletecollection" and write.target == (*target[:3], "")


def _by(write: Write, owner: Owner) -> bool:
    """Say whether a request can be the one, or one of those, by which a manager came to own its fields."""
    named = write.manager == owner.manager if write.manager else owner.manager.startswith(write.program)
    return named and write.at <= moment(owner.time) + SAME_MOMENT if owner.time else named


def _wrote_then(write: Write, owner: Owner) -> bool:
    return _by(write, owner) and bool(owner.time) and abs(write.at - moment(owner.time)) <= SAME_MOMENT


def _author(writes: Sequence[Write]) -> Author | None:
    if not writes:
        return None
    last = writes[-1]
    names = list(dict.fromkeys(write.name for write in writes))
    via = f"{last.manager or last.program} from {last.source}" if last.source else last.manager or last.program
    return Author(name=" or ".join(names), via=via, at=last.at, source="audit log")


def _managers(owners: Sequence[Owner]) -> Author:
    last = max(owners, key=lambda owner: owner.time)
    names = " or ".join(dict.fromkeys(owner.manager for owner in owners))
    return Author(
        name=f"somebody with {names}", via=last.manager, at=moment(last.time) if last.time else None,
        source="managed fields",
    )  # fmt: skip
