"""Which failed check is explained by another one that failed, so that a person sees the cause and not its echo.

It deliberately explains only by what is certain from the targets themselves; every other failure stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.health.api_server import ApiServerTarget
from operations.health.condition import ConditionTarget
from operations.health.dns import DnsTarget
from operations.health.document import DocumentTarget
from operations.health.host import HostTarget
from operations.health.host_fact import HostFactTarget
from operations.health.http import HttpTarget
from operations.health.nodes import NodesTarget
from operations.health.pod_exec import PodExecTarget
from operations.health.pods import PodsTarget
from operations.health.tcp import TcpTarget
from operations.health.tls import TlsTarget

if TYPE_CHECKING:
    from operations.health.finding import Finding
    from operations.health.outputs import HealthTarget, Outputs


@dataclass(frozen=True)
class Probed:
    """A target and what was found."""

    target: HealthTarget
    finding: Finding
    latency_ms: int


def explanation(probed: Probed, everything: list[Probed], outputs: Outputs) -> str | None:
    """Return what explains a failed check, or None when it stands for itself."""
    failed = [other for other in everything if not other.finding.healthy and other is not probed]
    match probed.target:
        case NodesTarget() | PodsTarget() | PodExecTarget() | ConditionTarget():
            return _api_server(failed)
        case HostFactTarget() | TcpTarget() | DnsTarget() as target:
            return _host(target.machine, failed)
        case ApiServerTarget():
            return _machines("load-balancer", everything, outputs) or _machines("control-plane", everything, outputs)
        case TlsTarget() | HttpTarget() | DocumentTarget() as target:
            return _machines("load-balancer", everything, outputs) or _below(target, failed)
        case _:
            return None


def _below(target: TlsTarget | HttpTarget | DocumentTarget, failed: list[Probed]) -> str | None:
    if isinstance(target, TlsTarget):
        return None
    return _tls(target.address, failed) or (_same_api(target, failed) if isinstance(target, DocumentTarget) else None)


def _host(machine: str | None, failed: list[Probed]) -> str | None:
    down = any(
        isinstance(other.target, HostTarget) and other.target.machine == machine and not other.finding.reachable
        for other in failed
    )
    return f"{machine} cannot be reached" if down else None


def _api_server(failed: list[Probed]) -> str | None:
    down = any(isinstance(other.target, ApiServerTarget) for other in failed)
    return "the API server is down" if down else None


def _tls(address: str, failed: list[Probed]) -> str | None:
    down = any(isinstance(other.target, TlsTarget) and other.target.address == address for other in failed)
    return f"TLS at {address} does not work" if down else None


def _same_api(target: DocumentTarget, failed: list[Probed]) -> str | None:
    for other in failed:
        if isinstance(other.target, HttpTarget) and other.target.url.startswith(target.url):
            return f"'{other.target.name}' fails"
    return None


def _machines(role: str, everything: list[Probed], outputs: Outputs) -> str | None:
    """Explain by machines only when all machines of a role are out of reach: one of several is enough to work."""
    reachable = {
        probed.target.machine: probed.finding.reachable
        for probed in everything
        if isinstance(probed.target, HostTarget)
    }
    of_role = [machine.name for machine in outputs.nodes if role in machine.roles and machine.name in reachable]
    if of_role and not any(reachable[name] for name in of_role):
        return f"{', '.join(of_role)} cannot be reached"
    return None
