"""Tells when volumes and claims on volumes are ready.

It provisions nothing and starts no consumer.
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.verdict import Failed, Problem, Ready, Related, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import KubeObject, name_of, pluck


def storage_class_of(live: KubeObject) -> list[Related]:
    """Return the storage class of a claim, which says when it will be bound."""
    name = pluck(live, "spec", "storageClassName")
    return [Related("storage.k8s.io/v1", "StorageClass", field_selector=f"metadata.name={name}")] if name else []


def judge_claim(snapshot: Snapshot) -> Verdict:
    """Judge a PersistentVolumeClaim: bound, or pending on purpose until a pod uses it."""
    live = snapshot.live
    phase = pluck(live, "status", "phase")
    if phase == "Bound":
        return Ready("the claim is bound")
    if phase == "Lost":
        return Failed([Problem(f"The volume of the claim {name_of(live)} is lost.")])
    modes = {item.get("volumeBindingMode") for item in snapshot.of("StorageClass")}
    if phase == "Pending" and "WaitForFirstConsumer" in modes:
        return Ready("it will be bound with the first pod that uses it")
    wanted = pluck(live, "spec", "storageClassName")
    text = f"No volume of storage class {wanted!r} was bound to the claim." if wanted else "No volume was bound."
    return Waiting("Waiting for the claim to be bound", [Problem(text)])


def judge_volume(snapshot: Snapshot) -> Verdict:
    """Judge a PersistentVolume."""
    phase = pluck(snapshot.live, "status", "phase")
    if phase in ("Available", "Bound"):
        return Ready(f"the volume is {phase}")
    if phase == "Released" and snapshot.previous is not None:
        return Ready("the claim of the volume is gone; waiting would not bring it back")
    if phase == "Failed":
        return Failed([Problem(f"The volume failed: {pluck(snapshot.live, 'status', 'message') or 'no message'}")])
    return Waiting("Waiting for the volume to be available")
