"""Events of a trail: written for each request that changes something, and told as `LookupEvents` does.

It is in memory, as everything of an emulated cloud is. AWS tells of an event after minutes; here it is at once.
Format: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

from __future__ import annotations

import json
import re
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from toolchain.emulator.cloud.trail.request import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from toolchain.emulator.cloud.trail.request import Request

MOST_EVENTS = 20_000
LARGEST_PAGE = 50
OK = range(200, 300)
IDENTIFIER = re.compile(
    r"\b(?:i|sg|sgr|subnet|vpc|rtb|igw|nat|eni|lt|key|eipalloc|vol|pcx|vpce)-[0-9a-f]{8,17}\b"
    r"|arn:aws[\w-]*:[^\s\"'<>|,]+"
)
NAMED = frozenset(
    {"roleName", "instanceProfileName", "policyName", "repositoryName", "bucketName", "hostedZoneId", "resourceId",
     "groupName", "keyName", "launchTemplateName", "userName"}
)  # fmt: skip
"""Parameters whose value is the name of a resource."""
TYPES = {
    "i": "AWS::EC2::Instance",
    "sg": "AWS::EC2::SecurityGroup",
    "subnet": "AWS::EC2::Subnet",
    "vpc": "AWS::EC2::VPC",
    "rtb": "AWS::EC2::RouteTable",
    "eni": "AWS::EC2::NetworkInterface",
}
MAKING = re.compile(r"Create|Run|Allocate|Import|Register")
"""Actions whose answer names what is new."""
ACCOUNT = "000000000000"
GLOBAL_SERVICES = frozenset({"iam", "route53", "sts"})
GLOBAL_REGION = "us-east-1"
"""Where the events of services are that have no region."""


@dataclass(frozen=True)
class Event:
    """One event."""

    id: str
    at: datetime
    region: str
    name: str
    source: str
    """`ec2.amazonaws.com`."""
    access_key: str
    user: str
    resources: tuple[str, ...]
    detail: dict[str, Any]

    def value(self, key: str) -> set[str]:
        """Return what a lookup attribute is compared with."""
        values: dict[str, set[str]] = {
            "EventId": {self.id},
            "EventName": {self.name},
            "EventSource": {self.source},
            "AccessKeyId": {self.access_key},
            "Username": {self.user},
            "ReadOnly": {"false"},
            "ResourceName": set(self.resources),
            "ResourceType": {_type(one) for one in self.resources},
        }
        return values.get(key, set())


class Trail:
    """The event history of one cloud.

    Args:
        user_of: Access key -> name of the user that it belongs to, as far as the cloud knows.
        account: Number of the account.
    """

    def __init__(self, user_of: Callable[[str], str] = str, account: str = ACCOUNT) -> None:
        self._events: deque[Event] = deque(maxlen=MOST_EVENTS)
        self._user_of, self._account = user_of, account

    def write(self, request: Request, status: int, answer: bytes, address: str) -> None:
        """Keep a request that wanted to change something, with how it ended.

        Args:
            request: What was wanted.
            status: Of the answer; a request that was refused is kept, too, with an error.
            answer: Its text.
            address: Where it came from.
        """
        if request.is_reading:
            return
        at, number = datetime.now(UTC).replace(microsecond=0), str(uuid.uuid4())
        made = answer.decode(errors="replace") if status in OK and MAKING.match(request.action) else ""
        resources = dict.fromkeys((*_resources(request.parameters), *IDENTIFIER.findall(made)))
        user = self._user_of(request.access_key)
        source = f"{request.service}.amazonaws.com"
        region = GLOBAL_REGION if request.service in GLOBAL_SERVICES else request.region
        identity = {
            "type": "IAMUser", "principalId": request.access_key, "arn": f"arn:aws:iam::{self._account}:user/{user}",
            "accountId": self._account, "accessKeyId": request.access_key, "userName": user,
        }  # fmt: skip
        detail = {
            "eventVersion": "1.08", "userIdentity": identity, "eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": source, "eventName": request.action, "awsRegion": region,
            "sourceIPAddress": address, "userAgent": request.user_agent,
            "requestParameters": shown(request.parameters),
            "responseElements": {"resources": [*resources]} if made else None,
            "eventID": number, "readOnly": False, "eventType": "AwsApiCall", "managementEvent": True,
            "recipientAccountId": self._account, "eventCategory": "Management",
            **({} if status in OK else {"errorCode": _error_code(answer) or str(status)}),
        }  # fmt: skip
        self._events.append(
            Event(number, at, region, request.action, source, request.access_key, user, tuple(resources), detail)
        )

    def lookup(self, request: Request) -> dict[str, Any]:
        """Answer `LookupEvents`: those of its region, the newest first, by one attribute at most."""
        asked = request.parameters
        found = [event for event in reversed(self._events) if _matches(event, request)]
        begin = int(asked.get("NextToken") or 0)
        end = begin + min(int(asked.get("MaxResults") or LARGEST_PAGE), LARGEST_PAGE)
        more = {"NextToken": str(end)} if end < len(found) else {}
        return {"Events": [_told(event) for event in found[begin:end]], **more}


def is_lookup(request: Request) -> bool:
    """Say whether somebody asks for events."""
    return (request.service, request.action) == ("cloudtrail", "LookupEvents")


def _matches(event: Event, request: Request) -> bool:
    asked = request.parameters
    start, end = asked.get("StartTime"), asked.get("EndTime")
    at = event.at.timestamp()
    if event.region != request.region or (start and at < int(float(start))) or (end and at > float(end)):
        return False
    attributes = asked.get("LookupAttributes") or ()
    return all(one["AttributeValue"] in event.value(one["AttributeKey"]) for one in attributes)


def _told(event: Event) -> dict[str, Any]:
    return {
        "EventId": event.id,
        "EventName": event.name,
        "ReadOnly": "false",
        "AccessKeyId": event.access_key,
        "EventTime": event.at.timestamp(),
        "EventSource": event.source,
        "Username": event.user,
        "Resources": [{"ResourceType": _type(one), "ResourceName": one} for one in event.resources],
        "CloudTrailEvent": json.dumps(event.detail),
    }


def _type(resource: str) -> str:
    return TYPES.get(resource.partition("-")[0], "AWS::Resource")


def _resources(value: Any, name: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _resources(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _resources(item, name)
    elif isinstance(value, str):
        yield from ([value] if name in NAMED else IDENTIFIER.findall(value))


def _error_code(answer: bytes) -> str:
    found = re.search(rb"<Code>([^<]+)</Code>|\"__type\":\s*\"(?:[^\"#]*#)?([^\"]+)\"", answer)
    return (found[1] or found[2]).decode() if found else ""
