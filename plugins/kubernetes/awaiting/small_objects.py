"""Tells when objects are ready that one controller fills in with one write: replication controllers, quotas, tokens.

Their pods and the use of a quota are not looked at, except to say what is wrong.
Source: pulumi/pulumi-kubernetes provider/pkg/await/awaiters.go.
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.pods import all_problems, owned_by
from plugins.kubernetes.awaiting.verdict import Problem, Ready, Related, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import KubeObject, pluck

_TOKEN = "kubernetes.io/service-account-token"  # noqa: S105 - a type of Secret


def pods_of_controller(live: KubeObject) -> list[Related]:
    """Return the pods of a replication controller, whose selector is a plain mapping."""
    selector = pluck(live, "spec", "selector") or {}
    return [Related("v1", "Pod", ",".join(f"{key}={value}" for key, value in selector.items()))]


def judge_replication_controller(snapshot: Snapshot) -> Verdict:
    """Judge by the count of available replicas."""
    wanted = pluck(snapshot.live, "spec", "replicas")
    wanted = 1 if wanted is None else wanted
    available = pluck(snapshot.live, "status", "availableReplicas") or 0
    if available == wanted:
        return Ready(f"{available} pods available")
    problems = all_problems(owned_by(snapshot.of("Pod"), snapshot.live))
    return Waiting(f"Waiting for pods to be available ({available}/{wanted})", problems)


def judge_quota(snapshot: Snapshot) -> Verdict:
    """Judge by the limits that the controller has taken over."""
    if (pluck(snapshot.live, "spec", "hard") or {}) == (pluck(snapshot.live, "status", "hard") or {}):
        return Ready("the quota is in force")
    return Waiting("Waiting for the quota to be in force", [Problem("The quota controller has not taken it over.")])


def judge_secret(snapshot: Snapshot) -> Verdict:
    """Judge by the token, for the one type of Secret that a controller fills."""
    live = snapshot.live
    if live.get("type") != _TOKEN or live.get("data"):
        return Ready("it holds its data")
    account = pluck(live, "metadata", "annotations", "kubernetes.io/service-account.name")
    text = f"No token was issued: is there a service account {account!r} in its namespace?"
    return Waiting("Waiting for the service account's token", [Problem(text)])
