"""CloudTrail's `LookupEvents`: who has written to a resource since some time.

AWS takes two such questions a second, so the newest writes are read once for all resources; only where there are more
of them than that, one is asked about by its own name. No trail has to be set up: every account has 90 days of history.
Format: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from operations.drift.cloud.account import Account

GLOBAL_REGION = "us-east-1"
GLOBAL_KINDS = frozenset({"InstanceRole", "HostedZone", "DnsRecord"})
"""IAM and Route 53 write their events there, wherever they are used from."""
KEPT = timedelta(days=90)
MOST_EVENTS = 200
"""How many are read for one question, the newest first."""
MOST_NAMES = 40
"""How many names are asked about in one run."""
PAUSE_SECONDS = 0.5
OWN_PROGRAM = "slipway"
"""What slipway's own clients add to their user agent."""


@dataclass(frozen=True)
class Write:
    """One request that changed something, or tried to."""

    event: str
    """`AuthorizeSecurityGroupIngress`."""
    name: str
    """Who: a user, or a role and its session."""
    source: str
    """From where: an address, or the name of a service of AWS."""
    at: datetime
    text: str = field(repr=False)
    """What it was about, asked for and got, in small letters, to look for words in."""
    is_own: bool = False
    """slipway itself has sent it."""

    def says(self, word: str) -> bool:
        """Say whether it has a word as a whole: a port is no part of an id, nor of a range of addresses."""
        before = r"[\w.:/-]" if word.isdigit() else r"[\w.-]"
        return re.search(rf"(?<!{before}){re.escape(word.lower())}(?![\w:/-])", self.text) is not None


class Trail:
    """The event history of one account; each question is asked once.

    Args:
        account: Whose it is.
        since: The earliest time that anything is asked about.
    """

    def __init__(self, account: Account, since: datetime) -> None:
        self._account, self._since = account, since
        self._asked: dict[tuple[str, str, str], _Answer] = {}
        self._names = 0

    def writes_to(
        self, kind: str, identifiers: Iterable[str], since: datetime, fits: Callable[[Write], bool]
    ) -> list[Write]:
        """Return the writes to a resource that fit, the newest first.

        Args:
            kind: What it is.
            identifiers: What the trail may call it, the likeliest name first.
            since: When it was as recorded.
            fits: Whether a write can be the one that is looked for.

        Raises:
            botocore.exceptions.BotoCoreError: AWS does not answer.
            botocore.exceptions.ClientError: It is not allowed.
        """
        region = GLOBAL_REGION if kind in GLOBAL_KINDS else ""
        names = [name for name in identifiers if name]
        newest = self._looked_up(region, "ReadOnly", "false")
        found = [one for one in newest.writes if any(one.says(name) for name in names)]
        if chosen := [one for one in found if one.at >= since and fits(one)]:
            return chosen
        for name in names if newest.more else ():
            answer = self._looked_up(region, "ResourceName", name) if self._names < MOST_NAMES else _NONE
            self._names += 1
            if chosen := [one for one in answer.writes if one.at >= since and fits(one)]:
                return chosen
        return []

    def _looked_up(self, region: str, key: str, value: str) -> _Answer:
        question = (region, key, value)
        if question not in self._asked:
            begin = max(self._since, datetime.now(UTC) - KEPT)
            asked = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}], "StartTime": begin}
            events = list(islice(self._events(region, asked), MOST_EVENTS + 1))
            self._asked[question] = _Answer(list(_writes(events[:MOST_EVENTS])), more=len(events) > MOST_EVENTS)
        return self._asked[question]

    def _events(self, region: str, asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
        client = self._account.client("cloudtrail", region or None)
        for page in client.get_paginator("lookup_events").paginate(**asked):
            yield from page["Events"]
            if not self._account.emulated:
                time.sleep(PAUSE_SECONDS)


@dataclass(frozen=True)
class _Answer:
    writes: list[Write]
    more: bool
    """There are older ones, which were not read."""


_NONE = _Answer([], more=False)


def _writes(events: Iterable[dict[str, Any]]) -> Iterator[Write]:
    for event in events:
        detail = json.loads(event["CloudTrailEvent"])
        if str(event.get("ReadOnly", "false")) == "true" or detail.get("errorCode"):
            continue
        about = [one.get("ResourceName") for one in event.get("Resources") or ()]
        told = [about, detail.get("requestParameters"), detail.get("responseElements")]
        yield Write(
            event=event["EventName"],
            name=identity(detail.get("userIdentity") or {}) or str(event.get("Username") or ""),
            source=str(detail.get("sourceIPAddress") or ""),
            at=event["EventTime"].astimezone(UTC),
            text=json.dumps(told).lower(),
            is_own=OWN_PROGRAM in str(detail.get("userAgent") or ""),
        )


def identity(who: dict[str, Any]) -> str:
    """Return the name of a `userIdentity`: a user's, a role's with that of its session, or a service's."""
    kind = who.get("type")
    if kind == "AssumedRole":
        return "/".join(str(who.get("arn", "")).rpartition(":")[2].split("/")[1:])
    if kind == "Root":
        return "root of the account"
    if kind == "AWSService":
        return str(who.get("invokedBy", ""))
    return str(who.get("userName") or str(who.get("arn", "")).rpartition("/")[2] or who.get("principalId") or "")
