"""One signed request to AWS, as CloudTrail would speak of it: the action, its parameters, and the key that signed it.

It is pure, and it knows AWS's three ways to say what is wanted: a form, a header with JSON, and method and path.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Mapping

Parameters = dict[str, Any]

SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
READING = re.compile(r"(Describe|List|Get|Head|Lookup|Check|Search|Select|Query|Scan|Batch(Get|Check)|Simulate)")
HIDDEN = re.compile(r"userdata|password|secret|(auth|session)token|privatekey", re.IGNORECASE)
"""Names of parameters whose values no trail shows."""
REMOVED = "HIDDEN_DUE_TO_SECURITY_REASONS"
# Method and path -> action; in the path, the names of what it is about.
ROUTE53 = (
    (r"POST /2013-04-01/hostedzone/?", "CreateHostedZone"),
    (r"POST /2013-04-01/hostedzone/(?P<hostedZoneId>\w+)/rrset/?", "ChangeResourceRecordSets"),
    (r"POST /2013-04-01/hostedzone/(?P<hostedZoneId>\w+)/associatevpc", "AssociateVPCWithHostedZone"),
    (r"POST /2013-04-01/hostedzone/(?P<hostedZoneId>\w+)/?", "UpdateHostedZoneComment"),
    (r"DELETE /2013-04-01/hostedzone/(?P<hostedZoneId>\w+)/?", "DeleteHostedZone"),
    (r"POST /2013-04-01/tags/(?P<resourceType>\w+)/(?P<resourceId>\w+)/?", "ChangeTagsForResource"),
)
BUCKETS = {
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
    "encryption": "BucketEncryption",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "policy": "BucketPolicy",
    "lifecycle": "BucketLifecycle",
    "acl": "BucketAcl",
}
VERBS = {"PUT": "Put", "DELETE": "Delete"}


@dataclass(frozen=True)
class Request:
    """What somebody wanted."""

    service: str
    """As it is signed for: `ec2`."""
    region: str
    access_key: str
    action: str
    parameters: Parameters
    user_agent: str = ""

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing."""
        return READING.match(self.action) is not None


def is_signed(headers: Mapping[str, str]) -> bool:
    """Say whether a request is one to AWS's API; headers have names in small letters."""
    return SIGNED.match(headers.get("authorization", "")) is not None


def read_request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request | None:
    """Return the request; None when it is no signed one, or is about an object, of which a trail does not tell.

    Args:
        method: Of HTTP.
        target: Path and query.
        headers: With names in small letters.
        body: As it was sent.
    """
    signed = SIGNED.match(headers.get("authorization", ""))
    if signed is None:
        return None
    path, _, query = target.partition("?")
    found = (
        _in_header(headers, body)
        or _in_form(query, body, headers)
        or _in_path(signed["service"], method, unquote(path), query, body)
    )
    if found is None:
        return None
    agent = headers.get("user-agent", "")
    return Request(signed["service"], signed["region"], signed["key"], found[0], found[1], agent)


def _in_header(headers: Mapping[str, str], body: bytes) -> tuple[str, Parameters] | None:
    target = headers.get("x-amz-target", "")
    if "." not in target:
        return None
    try:
        parameters = json.loads(body or b"{}")
    except ValueError:
        parameters = {}
    return target.rpartition(".")[2], parameters if isinstance(parameters, dict) else {}


def _in_form(query: str, body: bytes, headers: Mapping[str, str]) -> tuple[str, Parameters] | None:
    form = body.decode(errors="replace") if "form" in headers.get("content-type", "") else ""
    flat = {name: values[0] for name, values in parse_qs(f"{query}&{form}").items()}
    action = flat.pop("Action", "")
    flat.pop("Version", None)
    return (action, nested(flat)) if action else None


def _in_path(service: str, method: str, path: str, query: str, body: bytes) -> tuple[str, Parameters] | None:
    if service == "route53":
        for pattern, action in ROUTE53:
            if found := re.fullmatch(pattern, f"{method} {path}"):
                return action, {**found.groupdict(), **_xml(body)}
    bucket = path.strip("/")
    if service == "s3" and bucket and "/" not in bucket and method in VERBS:
        part = next((key for key in parse_qs(query, keep_blank_values=True) if key in BUCKETS), "")
        verb = "Create" if not part and method == "PUT" else VERBS[method]
        return f"{verb}{BUCKETS.get(part, 'Bucket')}", {"bucketName": bucket}
    return None


def _xml(body: bytes) -> Parameters:
    """Return the texts of a document; which value belongs to which element is enough to search in."""
    try:
        root = ET.fromstring(body)  # noqa: S314 - whoever may send this may do everything here anyway
    except ET.ParseError:
        return {}
    found: Parameters = {}
    for element in root.iter():
        if text := (element.text or "").strip():
            found.setdefault(_small(element.tag.rpartition("}")[2]), []).append(text)
    return found


def nested(flat: Mapping[str, str]) -> Parameters:
    """Return the parameters of a form in CloudTrail's shape: `Tag.1.Key` is `{"tag": {"items": [{"key": ...}]}}`."""
    tree: Parameters = {}
    for name, value in flat.items():
        *above, last = name.split(".")
        place = tree
        for part in above:
            place = place.setdefault(_small(part), {})
            if not isinstance(place, dict):
                break  # a name that is a value as well: nothing of AWS's is
        else:
            place[_small(last)] = value
    shaped = _lists(tree)
    return shaped if isinstance(shaped, dict) else {}


def _lists(value: Any) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return {"items": [_lists(value[key]) for key in sorted(value, key=int)]}
    return {key: _lists(item) for key, item in value.items()}


def _small(name: str) -> str:
    return f"{name[:1].lower()}{name[1:]}"


def shown(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return parameters as a trail shows them: without what nobody should read there."""
    if isinstance(value, dict):
        return {
            key: REMOVED if HIDDEN.search(key) and isinstance(item, str) else shown(item) for key, item in value.items()
        }
    return [shown(item) for item in value] if isinstance(value, list) else value
