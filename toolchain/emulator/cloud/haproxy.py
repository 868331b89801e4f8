"""The configuration of HAProxy that does what a network load balancer would: TCP, health checks, nothing else.

It deliberately does no I/O; the same listeners give the same text, so that a difference in the text is a change.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

STATISTICS_PORT = 8404
CHECK_STATUS = "check_status"


@dataclass(frozen=True)
class HealthCheck:
    """How a target group finds out whether a target takes connections."""

    protocol: str
    """TCP, HTTP or HTTPS."""
    port: int | None
    """None for the port of the target."""
    path: str
    codes: str
    """Codes of HTTP that mean healthy, `200-399` or `200,204`."""
    interval_seconds: int
    timeout_seconds: int
    healthy_threshold: int
    unhealthy_threshold: int


@dataclass(frozen=True)
class Target:
    """One target that takes new connections."""

    name: str
    address: str
    port: int


@dataclass(frozen=True)
class Listener:
    """One port of a load balancer and what is behind it."""

    port: int
    group: str
    """Name of the target group."""
    targets: tuple[Target, ...]
    check: HealthCheck
    terminates_unhealthy: bool
    """Connections to a target that becomes unhealthy are cut."""


def configuration(listeners: list[Listener]) -> str:
    """Return the whole configuration of one load balancer."""
    parts = [_HEAD]
    for listener in sorted(listeners, key=lambda item: item.port):
        name = f"{listener.group}-{listener.port}"
        parts.append(f"frontend listener-{listener.port}\n    bind :{listener.port}\n    default_backend {name}\n")
        parts.append("\n".join([f"backend {name}", "    balance leastconn", *_check_lines(listener), ""]))
    return "\n".join(parts)


def _check_lines(listener: Listener) -> list[str]:
    check = listener.check
    lines = [f"    timeout check {check.timeout_seconds}s"]
    if check.protocol != "TCP":
        lines += [f"    option httpchk GET {check.path}", f"    http-check expect status {check.codes}"]
    cut = " on-marked-down shutdown-sessions" if listener.terminates_unhealthy else ""
    port = f" port {check.port}" if check.port else ""
    tls = " check-ssl verify none" if check.protocol == "HTTPS" else ""
    options = (
        f"check{port}{tls} inter {check.interval_seconds}s fastinter 1s rise {check.healthy_threshold} "
        f"fall {check.unhealthy_threshold}{cut}"
    )
    return lines + [
        f"    server {target.name} {target.address}:{target.port} {options}"
        for target in sorted(listener.targets, key=lambda item: item.name)
    ]


def health(statistics: str) -> dict[tuple[str, str], str]:
    """Return (backend, server) -> state as DescribeTargetHealth calls it, from HAProxy's `show stat`."""
    rows = csv.DictReader(io.StringIO(statistics.removeprefix("# ")))
    return {
        (row["pxname"], row["svname"]): _state(row)
        for row in rows
        if row.get("svname") not in {None, "FRONTEND", "BACKEND"}
    }


def _state(row: dict[str, str]) -> str:
    if row["status"].startswith(("UP", "no check")):
        return "healthy"
    return "initial" if row[CHECK_STATUS] in {"", "INI"} else "unhealthy"


_HEAD = f"""\
# A network load balancer of the emulated cloud: TCP, as its listeners and target groups say. Written by slipway.
global
    log /dev/log local0 notice
    user haproxy
    group haproxy
    maxconn 4096
    stats socket /run/haproxy/admin.sock mode 600 level admin expose-fd listeners
    stats socket ipv4@0.0.0.0:{STATISTICS_PORT} level user
    server-state-file /var/lib/haproxy/servers
    # Connections to a target that has left stay as long as they last, but not for ever.
    hard-stop-after 1h

defaults
    mode tcp
    log global
    option dontlognull
    option redispatch
    # A reload goes on with what the process before knew: servers that are new begin as down.
    load-server-state-from-file global
    retries 3
    timeout connect 3s
    # The fixed idle timeout of a network load balancer is 350 s.
    timeout client 350s
    timeout server 350s
"""
