"""A storage class for volumes on the disks of the database nodes.

Volumes are static: a pod stays with the node that holds its data, and nothing is moved or deleted behind its back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.core.v1 import PersistentVolume
from pulumi_kubernetes.storage.v1 import StorageClass

from components.prepared_machine import LOCAL_VOLUMES

if TYPE_CHECKING:
    from collections.abc import Sequence

CLASS_NAME = "local"


@dataclass(frozen=True)
class LocalStorageArgs:
    """Which nodes hold volumes, and how large each may grow."""

    nodes: Sequence[str]
    volume_mib: int


class LocalStorage(pulumi.ComponentResource):
    """One volume a node, bound when its first pod is scheduled."""

    storage_class: StorageClass

    def __init__(self, name: str, args: LocalStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:LocalStorage", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.storage_class = StorageClass(
            name,
            metadata={"name": CLASS_NAME},
            provisioner="kubernetes.io/no-provisioner",
            volume_binding_mode="WaitForFirstConsumer",
            reclaim_policy="Retain",
            opts=child,
        )
        self.volumes = [self._volume(name, node, args, child) for node in args.nodes]
        self.register_outputs({"storageClass": CLASS_NAME})

    def _volume(self, name: str, node: str, args: LocalStorageArgs, child: pulumi.ResourceOptions) -> PersistentVolume:
        on_node = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node]}
        return PersistentVolume(
            f"{name}-{node}",
            metadata={
                "name": f"local-{node}",
                # It stays Available until a pod claims it: that is its normal state, not one to wait out.
                "annotations": {"pulumi.com/skipAwait": "true"},
            },
            spec={
                "storage_class_name": CLASS_NAME,
                "capacity": {"storage": f"{args.volume_mib}Mi"},
                "access_modes": ["ReadWriteOnce"],
                "persistent_volume_reclaim_policy": "Retain",
                "volume_mode": "Filesystem",
                "local": {"path": f"{LOCAL_VOLUMES}/0"},
                "node_affinity": {"required": {"node_selector_terms": [{"match_expressions": [on_node]}]}},
            },
            opts=child,
        )
