"""The kinds of values that an environment file holds: names, networks, taints, labels, image references.

Each says in its own error what was expected; how values relate to each other is for ``stacks.settings_rules``.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?")
"""RFC 1123, shortened to 40 so that the names of machines and of their containers stay below 63 characters."""
DNS_NAME = re.compile(r"([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
TAINT = re.compile(r"([a-z0-9A-Z.-]+/)?[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?(=[-a-zA-Z0-9_.]*)?:(?P<effect>\w+)")
TAINT_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
# Both from apimachinery's pkg/util/validation: IsQualifiedName and IsValidLabelValue.
LABEL_KEY = re.compile(r"([a-z0-9.-]+/)?[a-zA-Z0-9]([-a-zA-Z0-9_.]{0,61}[a-zA-Z0-9])?")
LABEL_VALUE = re.compile(r"([a-zA-Z0-9]([-a-zA-Z0-9_.]{0,61}[a-zA-Z0-9])?)?")
IMAGE_BY_DIGEST = re.compile(r"[a-z0-9][-a-zA-Z0-9._/:]*@sha256:[0-9a-f]{64}")
CRON_FIELDS: Final = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "month": (1, 12), "day of the week": (0, 6)}
CRON_PART = re.compile(r"(\*|(?P<first>\d{1,2})(-(?P<last>\d{1,2}))?)(/(?P<step>[1-9]\d?))?")
PRIVATE_NETWORKS: Final = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""RFC 1918."""
CLUSTER_NETWORKS: Final = {
    "pods": ipaddress.IPv4Network("10.244.0.0/16"),
    "Services": ipaddress.IPv4Network("10.96.0.0/16"),
}
SMALLEST_PREFIX: Final = 26
"""64 addresses: three machines for each pool, with room for the registry, load balancer and control planes."""
RESERVED_POOLS: Final = frozenset({"control-plane", "load-balancer", "registry"})
RESERVED_LABELS: Final = frozenset({"slipway.io/pool"})


def dns_label(value: str) -> str:
    """Return the value when it can be part of a machine's name."""
    if not DNS_LABEL.fullmatch(value):
        raise ValueError(
            f"'{value}' is not well-formed; expected at most 40 lower-case letters, digits and '-', "
            f"with a letter or digit at both ends"
        )
    return value


def _dns_name(value: str) -> str:
    if not DNS_NAME.fullmatch(value):
        raise ValueError(f"'{value}' is no DNS name; expected one in lower case such as catalogue.example.org")
    return value


def _pool_name(value: str) -> str:
    if value in RESERVED_POOLS:
        raise ValueError(f"'{value}' is a name that slipway uses itself; expected any other")
    return dns_label(value)


def _taint(value: str) -> str:
    matched = TAINT.fullmatch(value)
    if not matched or matched["effect"] not in TAINT_EFFECTS:
        raise ValueError(
            f"'{value}' is no taint; expected key=value:Effect with one of {', '.join(TAINT_EFFECTS)}, "
            f"such as dedicated=database:NoSchedule"
        )
    return value


def _labels(value: dict[str, str]) -> dict[str, str]:
    wrong = [
        *(f"'{key}' is no label key; expected [prefix/]name" for key in value if not LABEL_KEY.fullmatch(key)),
        *(f"'{key}' is set by slipway itself; remove it" for key in value if key in RESERVED_LABELS),
        *(f"'{text}' is no label value; expected at most 63 letters, digits, '-', '_' and '.'"
          for text in value.values() if not LABEL_VALUE.fullmatch(text)),
    ]  # fmt: skip
    if wrong:
        raise ValueError("; ".join(wrong) + "; such as example.org/disk: local")
    return value


def private_network(value: str) -> str:
    """Return the value when machines can live in that network."""
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"'{value}' is no network ({error}); expected one such as 172.31.240.0/24") from None
    if network.prefixlen > SMALLEST_PREFIX or not any(map(network.subnet_of, PRIVATE_NETWORKS)):
        raise ValueError(
            f"'{value}' cannot be used; expected at least 64 addresses (a /{SMALLEST_PREFIX}) "
            f"inside {', '.join(map(str, PRIVATE_NETWORKS))}"
        )
    for use, taken in CLUSTER_NETWORKS.items():
        if network.overlaps(taken):
            raise ValueError(f"'{value}' overlaps {taken}, where the cluster's {use} live; expected any other network")
    return value


def _image(value: str) -> str:
    if not IMAGE_BY_DIGEST.fullmatch(value):
        raise ValueError(f"'{value}' names no image by digest; expected repository@sha256: and 64 hexadecimal digits")
    return value


def cron_schedule(value: str) -> str:
    """Return the value when a CronJob takes it (robfig/cron v3, without names and macros)."""
    fields = value.split(" ")
    if len(fields) != len(CRON_FIELDS):
        raise ValueError(f"'{value}' is no schedule; expected {', '.join(CRON_FIELDS)}, such as '17 * * * *'")
    for field, (name, (lowest, highest)) in zip(fields, CRON_FIELDS.items(), strict=True):
        if not all(_is_cron_part(part, lowest, highest) for part in field.split(",")):
            raise ValueError(f"'{field}' is no {name}; expected {lowest} to {highest}, *, or such as 1-5, 1,3 and */2")
    return value


def _is_cron_part(part: str, lowest: int, highest: int) -> bool:
    matched = CRON_PART.fullmatch(part)
    if not matched:
        return False
    first = int(matched["first"]) if matched["first"] else lowest
    last = int(matched["last"]) if matched["last"] else highest
    return lowest <= first <= last <= highest


# Strict: `size: yes` and `size: 2.5` are mistakes, not the numbers 1 and 2.
Whole = Annotated[int, Field(strict=True)]
Cpu = Annotated[Whole, Field(ge=1, le=512)]
Port = Annotated[Whole, Field(ge=1024, le=65535)]
DnsLabel = Annotated[str, AfterValidator(dns_label)]
DnsName = Annotated[str, AfterValidator(_dns_name)]
PoolName = Annotated[str, AfterValidator(_pool_name)]
Taint = Annotated[str, AfterValidator(_taint)]
Labels = Annotated[dict[str, str], AfterValidator(_labels)]
PrivateNetwork = Annotated[str, AfterValidator(private_network)]
CronSchedule = Annotated[str, AfterValidator(cron_schedule)]
ImageByDigest = Annotated[str, AfterValidator(_image)]
