"""Tells when a StatefulSet has rolled out.

It does not look at volume claims: pods that wait for one say so.
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.pods import all_problems, owned_by
from plugins.kubernetes.awaiting.verdict import Ready, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import metadata_of, pluck


def judge(snapshot: Snapshot) -> Verdict:
    """Judge by generation, revisions and replica counts."""
    live = snapshot.live
    status = live.get("status") or {}
    if (status.get("observedGeneration") or 0) < (metadata_of(live).get("generation") or 1):
        return Waiting("Waiting for the stateful set controller")
    wanted = pluck(live, "spec", "replicas")
    wanted = 1 if wanted is None else wanted
    ready = status.get("readyReplicas") or 0
    problems = all_problems(owned_by(snapshot.of("Pod"), live))
    if ready < wanted or (status.get("replicas") or 0) != wanted:
        return Waiting(f"Waiting for pods to be ready ({ready}/{wanted})", problems)
    if pluck(live, "spec", "updateStrategy", "type") == "OnDelete":
        return Ready(f"{ready} pods ready, updates wait for deletions")
    partition = pluck(live, "spec", "updateStrategy", "rollingUpdate", "partition") or 0
    updated = status.get("updatedReplicas") or 0
    if partition:
        if updated >= max(wanted - partition, 0):
            return Ready(f"{updated} pods updated, partition {partition} keeps the rest")
    elif wanted == 0 or status.get("currentRevision") == status.get("updateRevision"):
        return Ready(f"{ready} pods ready")
    return Waiting(f"Waiting for pods to be updated ({updated}/{wanted})", problems)
