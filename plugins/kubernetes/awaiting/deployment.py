"""Tells when a Deployment has rolled out.

It relies on the controller's own conditions and adds only what the pods complain about.
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.pods import all_problems, owned_by, selected_by
from plugins.kubernetes.awaiting.verdict import Failed, Problem, Ready, Related, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import KubeObject, annotation, condition_of, metadata_of, pluck

_REVISION = "deployment.kubernetes.io/revision"


def related(live: KubeObject) -> list[Related]:
    """Return the replica sets and pods that the selector matches."""
    selector = selected_by(pluck(live, "spec", "selector"))
    return [Related("apps/v1", "ReplicaSet", selector), Related("v1", "Pod", selector)]


def judge(snapshot: Snapshot) -> Verdict:
    """Judge by generation, conditions and replica counts, as 'kubectl rollout status' does."""
    live = snapshot.live
    status = live.get("status") or {}
    if (status.get("observedGeneration") or 0) < (metadata_of(live).get("generation") or 1):
        return Waiting("Waiting for the deployment controller")
    problems = _problems(snapshot)
    progressing = condition_of(live, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return Failed([Problem(str(progressing.get("message") or "The rollout made no progress.")), *problems])
    wanted = pluck(live, "spec", "replicas")
    wanted = 1 if wanted is None else wanted
    available = status.get("availableReplicas") or 0
    if wanted == 0 and not status.get("replicas"):
        return Ready("scaled to 0")
    if pluck(live, "spec", "paused"):
        return Ready("the rollout is paused")
    # The reason is missing where progressDeadlineSeconds is not set.
    rolled_out = progressing.get("reason") in (None, "NewReplicaSetAvailable")
    is_available = condition_of(live, "Available").get("status") == "True"
    updated = status.get("updatedReplicas") or 0
    if rolled_out and is_available and updated >= wanted and available >= wanted:
        return Ready(f"{available} of {wanted} pods available")
    return Waiting(f"Waiting for pods to be available ({min(updated, available)}/{wanted})", problems)


def _problems(snapshot: Snapshot) -> list[Problem]:
    """Return the problems of the pods of the current revision, and of the making of pods."""
    live = snapshot.live
    found = []
    failure = condition_of(live, "ReplicaFailure")
    if failure.get("status") == "True":
        found.append(Problem(f"Pods cannot be created: {failure.get('reason')}: {failure.get('message')}"))
    revision = annotation(live, _REVISION)
    current = [item for item in owned_by(snapshot.of("ReplicaSet"), live) if annotation(item, _REVISION) == revision]
    pods = [pod for replica_set in current for pod in owned_by(snapshot.of("Pod"), replica_set)]
    return found + all_problems(pods)
