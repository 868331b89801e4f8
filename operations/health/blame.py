"""Which failed check is explained by another one that failed, so that a person sees the cause and not its echo.

It deliberately explains only by what is certain from the targets themselves; every other failure stands for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.health.api_server import ApiServerTarget
from operations.health.document import DocumentTarget
from operations.health.host import HostTarget
from operations.health.http import HttpTarget
from operations.health.nodes import NodesTarget
from operations.health.pod_exec import PodExecTarget
from operations.health.pods import PodsTarget
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
        case NodesTarget() | PodsTarget() | PodExecTarget():
            return _api_server(failed)
        case ApiServerTarget():
            return _machines("load-balancer", everything, outputs) or _machines("control-plane", everything, outputs)
        case DocumentTarget() as target:
            return (
                _machines("load-balancer", everything, outputs)
                or _tls(target.address, failed)
                or _same_api(target, failed)
            )
        case HttpTarget() as target:
            return _machines("load-balancer", everything, outputs) or _tls(target.address, failed)
        case TlsTarget():
            return _machines("load-balancer", everything, outputs)
        case _:
            return None


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
