"""Tells when a DaemonSet has rolled out.

It says nothing about nodes that the DaemonSet does not want.
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.pods import all_problems, owned_by
from plugins.kubernetes.awaiting.verdict import Ready, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import metadata_of, pluck


def judge(snapshot: Snapshot) -> Verdict:
    """Judge by generation and counts of scheduled, updated and available pods."""
    live = snapshot.live
    status = live.get("status") or {}
    if (status.get("observedGeneration") or 0) < (metadata_of(live).get("generation") or 1):
        return Waiting("Waiting for the daemon set controller")
    wanted = status.get("desiredNumberScheduled") or 0
    updated, available = status.get("updatedNumberScheduled") or 0, status.get("numberAvailable") or 0
    problems = all_problems(owned_by(snapshot.of("Pod"), live))
    rolls = pluck(live, "spec", "updateStrategy", "type") != "OnDelete"
    if rolls and updated < wanted:
        return Waiting(f"Waiting for pods to be updated ({updated}/{wanted})", problems)
    if available < wanted:
        return Waiting(f"Waiting for pods to be available ({available}/{wanted})", problems)
    return Ready(f"{available} of {wanted} pods available")
