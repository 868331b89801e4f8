"""What of a resource in AWS can drift, as pairs of a name and a text: a rule, a route and a tag each stand for itself.

It is pure.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from operations.drift.finding import SECRET
from operations.drift.secret_texts import SIGNATURE, TELLING_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Properties = dict[str, str]

FOLLOWING = frozenset({"state", "latestVersion"})
"""Outputs that AWS changes by itself, or that follow from what is told anyway."""
SOURCES = ("cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "sourceSecurityGroupIds")
ALL_TRAFFIC = "-1"
TOGETHER = frozenset({"records"})
"""Lists that are told whole: values of a record mean something together only."""
THERE = "present"


def flat(values: Mapping[str, Any]) -> Properties:
    """Return inputs or outputs with everything that can differ by itself under a name of its own."""
    return {name: text for key, value in values.items() for name, text in _flat(key, value) if text}


def differences(
    old: Mapping[str, Any], new: Mapping[str, Any], old_outputs: Mapping[str, Any], new_outputs: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """Return `(property, was, now)` of everything that differs; nothing stands for what is not there.

    Args:
        old: Recorded inputs.
        new: Inputs as they are now.
        old_outputs: Recorded outputs.
        new_outputs: Outputs as they are now.
    """
    found = _different(flat(old), flat(new))
    told = {*old, *new, *FOLLOWING, *_consequences(old, new, new_outputs)}
    found += _different(
        flat({key: value for key, value in old_outputs.items() if key not in told}),
        flat({key: value for key, value in new_outputs.items() if key not in told}),
    )
    names = {name for name, _, _ in found}
    # The name is the tag `Name`.
    return [one for one in found if not (one[0] == "name" and "tags.Name" in names)]


def _consequences(old: Mapping[str, Any], new: Mapping[str, Any], new_outputs: Mapping[str, Any]) -> set[str]:
    """Return outputs whose change follows from another one."""
    found = set()
    if old.get("running") != new.get("running"):
        found.add("publicIp")  # AWS takes it from a machine that stands still
    if new_outputs.get("defaultVersion") == new_outputs.get("latestVersion"):
        found.add("defaultVersion")  # it follows; what the version says is told
    return found


def _different(was: Properties, now: Properties) -> list[tuple[str, str, str]]:
    keys = sorted({*was, *now})
    return [(key, was.get(key, ""), now.get(key, "")) for key in keys if was.get(key, "") != now.get(key, "")]


def _flat(key: str, value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - JSON
    if is_hidden(value):
        yield key, SECRET
    elif key in ("ingress", "egress"):
        yield from ((f"{key} {_rule(rule)}", str(rule.get("description") or "open")) for rule in value or ())
    elif key == "routes":
        yield from ((f"route {route.get('destinationCidrBlock')}", _target(route)) for route in value or ())
    elif isinstance(value, dict):
        for name, item in sorted(value.items()):
            hidden = TELLING_NAME.search(name) and key == "tags"
            yield from [(f"{key}.{name}", SECRET)] if hidden else _flat(f"{key}.{name}", item)
    elif isinstance(value, list) and key not in TOGETHER:
        yield from ((f"{key} {_text(item)}", THERE) for item in value)
    else:
        yield key, _text(value)


def is_hidden(value: Any) -> bool:  # noqa: ANN401 - JSON
    """Say whether a value is a secret: in events of the engine each one is marked, and none is told."""
    return isinstance(value, dict) and SIGNATURE in value


def _rule(rule: Mapping[str, Any]) -> str:
    """Return a rule as people say it: `tcp 22 from 203.0.113.7/32`."""
    protocol = "all" if rule.get("protocol") == ALL_TRAFFIC else str(rule.get("protocol"))
    low, high = rule.get("fromPort"), rule.get("toPort")
    ports = "" if low is None else f" {_text(low)}" if low == high else f" {_text(low)}-{_text(high)}"
    sources = [str(one) for key in SOURCES for one in rule.get(key) or ()] or ["itself"]
    return f"{protocol}{ports} {', '.join(sources)}"


def _target(route: Mapping[str, Any]) -> str:
    return ", ".join(str(value) for key, value in sorted(route.items()) if key != "destinationCidrBlock") or THERE


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    # The engine writes whole numbers as 22 or 22.0, as it got them.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
