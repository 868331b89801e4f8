"""What the probes work with: the outputs, the API server, kubectl, and a time limit.

It deliberately opens nothing before a probe asks for it, so that a missing kubectl fails one check and not all.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from operations.health.kubernetes_api import KubernetesApi, parse_kubeconfig
from operations.health.machine_shells import MachineShells

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from operations.health.outputs import Outputs


class ProbeContext:
    """Shared by all probes of one round.

    Args:
        outputs: The environment's outputs.
        timeout_seconds: What one probe may take.
        kubectl: Finds the kubectl executable, or raises what says why there is none.
    """

    def __init__(self, outputs: Outputs, *, timeout_seconds: float, kubectl: Callable[[], Path]) -> None:
        self.outputs = outputs
        self.timeout_seconds = timeout_seconds
        self.kubectl = kubectl

    @cached_property
    def shells(self) -> MachineShells:
        """Machines over SSH, until the end of the round."""
        return MachineShells(self.outputs)

    async def close(self) -> None:
        """End a round: close what is open."""
        await self.shells.close()

    @cached_property
    def api(self) -> KubernetesApi:
        """The API server that the kubeconfig names."""
        return KubernetesApi(parse_kubeconfig(self.outputs.kubeconfig), timeout_seconds=self.timeout_seconds)
