"""CloudTrail's `LookupEvents`: who has written to a resource since some time, by its id, else by a look at all writes.

It deliberately asks for no trail to be set up: the event history of 90 days is there in every account.
Format: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference.html
"""

from __future__ import annotations

import json
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
"""How many of all writes are looked at, the newest first, where no event names the resource."""
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
    """What was asked for and answered, in small letters, to look for words in."""
    is_own: bool = False
    """slipway itself has sent it."""


class Trail:
    """The event history of one account; each question is asked once.

    Args:
        account: Whose it is.
        since: The earliest time that anything is asked about.
    """

    def __init__(self, account: Account, since: datetime) -> None:
        self._account, self._since = account, since
        self._asked: dict[tuple[str, str, str], list[Write]] = {}

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
        for name in names:
            if found := [one for one in self._looked_up(region, "ResourceName", name) if one.at >= since and fits(one)]:
                return found
        # Not every event lists what it was about; the request itself names it all the same.
        words = [name.lower() for name in names]
        everything = [one for one in self._looked_up(region, "ReadOnly", "false") if one.at >= since and fits(one)]
        return [one for one in everything if any(word in one.text for word in words)]

    def _looked_up(self, region: str, key: str, value: str) -> list[Write]:
        question = (region, key, value)
        if question not in self._asked:
            pages = self._account.client("cloudtrail", region or None).get_paginator("lookup_events")
            begin = max(self._since, datetime.now(UTC) - KEPT)
            asked = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}], "StartTime": begin}
            events = (event for page in pages.paginate(**asked) for event in page["Events"])
            self._asked[question] = list(_writes(islice(events, MOST_EVENTS)))
        return self._asked[question]


def _writes(events: Iterable[dict[str, Any]]) -> Iterator[Write]:
    for event in events:
        detail = json.loads(event["CloudTrailEvent"])
        if str(event.get("ReadOnly", "false")) == "true" or detail.get("errorCode"):
            continue
        asked, answered = detail.get("requestParameters"), detail.get("responseElements")
        yield Write(
            event=event["EventName"],
            name=identity(detail.get("userIdentity") or {}) or str(event.get("Username") or ""),
            source=str(detail.get("sourceIPAddress") or ""),
            at=event["EventTime"].astimezone(UTC),
            text=f"{json.dumps(asked)} {json.dumps(answered)}".lower(),
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
