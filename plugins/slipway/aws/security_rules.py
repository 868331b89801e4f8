"""Rules of security groups as single openings: one protocol, one range of ports, one source.

Programs group them as they like; here, in the state and in comparisons each opening stands for itself. It asks nothing.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.schema import BOOLEAN, INTEGER, STRING, object_of, set_of
from plugins.rpc.values import UNKNOWN
from plugins.slipway.aws.ec2 import CIDR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Rule = dict[str, Any]

ALL: Final = "-1"
_PROTOCOLS: Final = {"all": ALL, "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
# The input, the list in the API's permission, the key of the source in its items.
_SOURCES: Final = (
    ("cidrBlocks", "IpRanges", "CidrIp"),
    ("ipv6CidrBlocks", "Ipv6Ranges", "CidrIpv6"),
    ("prefixListIds", "PrefixListIds", "PrefixListId"),
    ("sourceSecurityGroupIds", "UserIdGroupPairs", "GroupId"),
)
RULE: Final = object_of(
    protocol=STRING.matching(r"tcp|udp|icmp|icmpv6|all|-1|\d{1,3}", "tcp, udp, icmp, icmpv6, all, or a number").needed,
    fromPort=INTEGER.at_least(-1),
    toPort=INTEGER.at_least(-1),
    cidrBlocks=set_of(CIDR),
    ipv6CidrBlocks=set_of(STRING),
    prefixListIds=set_of(STRING),
    sourceSecurityGroupIds=set_of(STRING),
    self=BOOLEAN,
    description=STRING,
)
RULES: Final = set_of(RULE)


def problem(rule: Rule) -> str:
    """Say what is wrong with a rule whose parts are each acceptable; '' if nothing is."""
    if not any(rule.get(key) for key, *_ in _SOURCES) and rule.get("self") in (None, False):
        return "A rule needs cidrBlocks, sourceSecurityGroupIds, or self."
    low, high = rule.get("fromPort"), rule.get("toPort")
    if rule.get("protocol") in ("tcp", "udp", "6", "17") and low is None:
        return "A rule for tcp or udp needs fromPort."
    if isinstance(low, int) and isinstance(high, int) and high < low:
        return f"toPort {high} is lower than fromPort {low}."
    return ""


def single(rules: list[Any]) -> list[Any]:
    """Return rules as single openings, in an order of their own; rules that are not known yet stay as they are."""
    found = [one for rule in rules for one in (_split(rule) if isinstance(rule, dict) else [rule])]
    unique = {json.dumps(rule, sort_keys=True, default=repr): rule for rule in found}
    return [unique[key] for key in sorted(unique)]


def _split(rule: Rule) -> Iterator[Rule]:
    protocol = rule["protocol"] if rule["protocol"] is UNKNOWN else _PROTOCOLS.get(rule["protocol"], rule["protocol"])
    base: Rule = {"protocol": protocol}
    if protocol != ALL and rule.get("fromPort") is not None:
        to = rule.get("toPort")
        base |= {"fromPort": rule["fromPort"], "toPort": rule["fromPort"] if to is None else to}
    if rule.get("description"):
        base["description"] = rule["description"]
    for key, *_ in _SOURCES:
        sources = rule.get(key)
        if sources is UNKNOWN:
            yield {**base, key: UNKNOWN}
        yield from ({**base, key: [source]} for source in sources or [] if sources is not UNKNOWN)
    if rule.get("self"):
        yield {**base, "self": rule["self"]}


def from_api(permissions: Iterable[dict[str, Any]], group_id: str) -> list[Rule]:
    """Return the openings that a group has."""
    found: list[Rule] = []
    for permission in permissions:
        ports = {"fromPort": permission.get("FromPort"), "toPort": permission.get("ToPort")}
        for key, items, source in _SOURCES:
            for item in permission.get(items) or []:
                own = key == "sourceSecurityGroupIds" and item.get(source) == group_id
                opening = {"self": True} if own else {key: [item.get(source) or item.get("GroupName")]}
                described = {"description": item.get("Description")}
                found.append({"protocol": permission["IpProtocol"], **ports, **described, **opening})
    without_nothing = [{key: value for key, value in rule.items() if value is not None} for rule in found]
    return single(without_nothing)


def to_api(rule: Rule, group_id: str) -> dict[str, Any]:
    """Return one opening as a permission of the API."""
    described = {"Description": rule["description"]} if rule.get("description") else {}
    ports = {"FromPort": rule["fromPort"], "ToPort": rule["toPort"]} if "fromPort" in rule else {}
    permission = {"IpProtocol": rule["protocol"], **ports}
    if rule.get("self"):
        return {**permission, "UserIdGroupPairs": [{"GroupId": group_id, **described}]}
    key, items, source = next(entry for entry in _SOURCES if rule.get(entry[0]))
    return {**permission, items: [{source: rule[key][0], **described}]}


def without_description(rule: Rule) -> str:
    """Return what makes an opening another one: AWS does not count its description."""
    return json.dumps({key: value for key, value in rule.items() if key != "description"}, sort_keys=True)
