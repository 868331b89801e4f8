"""How the values of an environment file must fit together, checked on the raw values.

Raw, so that these mistakes are found beside all others; a value of the wrong shape is skipped, as it has its own error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stacks import addresses
from stacks.settings_aws import PLACE as AWS
from stacks.settings_aws import aws_violations
from stacks.settings_hosts import PLACE as SSH
from stacks.settings_hosts import host_violations
from stacks.settings_model import Database, Ports, Settings
from stacks.settings_problem import Problem
from stacks.settings_values import private_network

Raw = Mapping[str, Any]
Rule = Callable[[Raw], Iterator[Problem]]


def violations(raw: Raw) -> list[Problem]:
    """Return everything that does not fit together, in the order of the rules."""
    return [problem for rule in RULES for problem in rule(raw)]


def _pools(raw: Raw) -> list[tuple[int, Raw]]:
    listed = raw.get("pools")
    entries = enumerate(listed) if isinstance(listed, list) else ()
    return [(index, pool) for index, pool in entries if isinstance(pool, Mapping)]


def _part(raw: Raw, key: str) -> Raw:
    part = raw.get(key)
    return part if isinstance(part, Mapping) else {}


def _pool_names_differ(raw: Raw) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, pool in _pools(raw):
        name = pool.get("name")
        if isinstance(name, str) and first.setdefault(name, index) != index:
            text = f"'{name}' is the name of pools[{first[name]}] already; expected another, as names must differ"
            yield Problem(("pools", index, "name"), text)


def _database_pool_exists(raw: Raw) -> Iterator[Problem]:
    wanted = _part(raw, "database").get("pool", Database().pool)
    names = [pool["name"] for _, pool in _pools(raw) if isinstance(pool.get("name"), str)]
    if names and isinstance(wanted, str) and wanted not in names:
        yield Problem(("database", "pool"), f"'{wanted}' is no pool of this environment; expected {_one_of(names)}")


def _some_pool_is_open(raw: Raw) -> Iterator[Problem]:
    pools = _pools(raw)
    if pools and all(_keeps_pods_away(pool.get("taints")) for _, pool in pools):
        yield Problem(
            ("pools",),
            "every pool is tainted, so the gateway and the API could run nowhere; expected one without taints",
        )


def _keeps_pods_away(taints: object) -> bool:
    listed = taints if isinstance(taints, list) else []
    return any(isinstance(taint, str) and not taint.endswith(":PreferNoSchedule") for taint in listed)


def _network_has_room(raw: Raw) -> Iterator[Problem]:
    network, pools = _network(raw), _pools(raw)
    if len(pools) > addresses.POOLS:
        yield Problem(("pools",), f"{len(pools)} pools are too many; expected at most {addresses.POOLS}")
    if network is None or raw.get("place") in {SSH, AWS}:
        return
    room = addresses.pool_capacity(network)
    for index, pool in pools:
        size = pool.get("size")
        if isinstance(size, int) and size > room:
            text = f"{size} machines do not fit: a pool in {network} has room for {room}"
            yield Problem(
                ("pools", index, "size"), f"{text}; expected fewer, or a larger slipway:network such as a /20"
            )


def _network(raw: Raw) -> str | None:
    text = raw.get("network", Settings.model_fields["network"].default)
    try:
        return private_network(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _ports_differ(raw: Raw) -> Iterator[Problem]:
    given = _part(raw, "ports")
    first: dict[int, str] = {}
    # What the file says comes first, so that the default is called the one that is in the way.
    ports = {**Ports().model_dump(by_alias=True), **given}
    for key in sorted(ports, key=lambda key: (key in given, key)):
        port = ports[key]
        if isinstance(port, int) and first.setdefault(port, key) != key:
            yield Problem(("ports", key), f"{port} is taken by ports.{first[port]} already; expected another port")


def _database_image_fits(raw: Raw) -> Iterator[Problem]:
    database = _part(raw, "database")
    engine, has_image = database.get("engine", Database().engine), database.get("image") is not None
    if engine == "mongodb" and not has_image:
        text = "is missing; the engine mongodb needs an image that nodes can pull, expected repository@sha256:..."
        yield Problem(("database", "image"), text)
    if engine == "ferretdb" and has_image:
        text = "is of no use to the engine ferretdb, whose image slipway makes; expected no image, or engine: mongodb"
        yield Problem(("database", "image"), text)


def _one_of(names: list[str]) -> str:
    distinct = dict.fromkeys(names)
    return f"'{names[0]}'" if len(distinct) == 1 else f"one of {', '.join(distinct)}"


RULES: tuple[Rule, ...] = (
    host_violations,  # first: what hosts decide is a mistake elsewhere, whatever its value
    aws_violations,  # likewise
    _pool_names_differ,
    _database_pool_exists,
    _some_pool_is_open,
    _network_has_room,
    _ports_differ,
    _database_image_fits,
)
