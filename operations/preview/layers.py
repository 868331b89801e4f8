"""Which layer of an environment a resource belongs to: machines, hosts, cluster or workload.

It deliberately goes by types alone, those of a resource's parents first: names are free to change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from operations.preview.plan import ANSIBLE_RUN, KUBERNETES

if TYPE_CHECKING:
    from operations.preview.plan import Planned

Layer = Literal["machines", "hosts", "cluster", "workload"]
LAYERS: Final[tuple[Layer, ...]] = ("machines", "hosts", "cluster", "workload")

# The innermost parent that is known decides.
OF_PARENT: Final[dict[str, Layer]] = {
    "slipway:index:ApplicationNamespace": "workload",
    "slipway:index:DocumentStore": "workload",
    "slipway:index:RestApi": "workload",
    "slipway:index:WebFrontend": "workload",
    "slipway:index:AppImage": "workload",
    "slipway:index:PreparedMachine": "hosts",
    "slipway:index:Cluster": "cluster",
    "slipway:index:PlatformImages": "machines",
    "slipway:index:Registry": "machines",
}


def layer_of(resource: Planned) -> Layer:
    """Return the layer of a resource."""
    for parent in reversed(resource.ancestry[:-1]):
        if parent in OF_PARENT:
            return OF_PARENT[parent]
    own = resource.ancestry[-1]
    if own in OF_PARENT:
        return OF_PARENT[own]
    if own == ANSIBLE_RUN:
        return "hosts"
    return "cluster" if own.startswith((KUBERNETES, f"pulumi:providers:{KUBERNETES[:-1]}")) else "machines"
