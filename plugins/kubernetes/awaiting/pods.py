"""Reads pods: whether one is ready, and what is wrong with one that is not.

It fetches no logs; it says where logs would help.
"""

from __future__ import annotations

from typing import Any, Final

from plugins.kubernetes.awaiting.verdict import Failed, Problem, Ready, Related, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import KubeObject, Value, condition_of, metadata_of, name_of, pluck

# Waiting reasons that are part of a normal start.
_STARTING: Final = frozenset({"", "ContainerCreating", "PodInitializing"})
_LOGS_HELP: Final = frozenset({"CrashLoopBackOff", "RunContainerError", "Error"})


def problems_of(pod: KubeObject) -> list[Problem]:
    """Return what keeps the pod from being ready, in the words of scheduler and kubelet."""
    found = []
    scheduled = condition_of(pod, "PodScheduled")
    if scheduled.get("status") == "False" and scheduled.get("message"):
        reason = scheduled.get("reason") or "Unscheduled"
        found.append(Problem(f"Pod {name_of(pod)}: {reason}: {scheduled['message']}"))
    for field in ("initContainerStatuses", "containerStatuses"):
        for status in pluck(pod, "status", field) or []:
            found += _container_problems(pod, status)
    if pluck(pod, "status", "phase") == "Failed" and not found:
        message = pluck(pod, "status", "message") or "no message"
        found.append(Problem(f"Pod {name_of(pod)}: {pluck(pod, 'status', 'reason') or 'Failed'}: {message}"))
    return found


def _container_problems(pod: KubeObject, status: dict[str, Any]) -> list[Problem]:
    where = f"Pod {name_of(pod)}: container {status.get('name')}"
    waiting = pluck(status, "state", "waiting") or {}
    reason = str(waiting.get("reason") or "")
    terminated = pluck(status, "state", "terminated") or pluck(status, "lastState", "terminated") or {}
    exited = f"exited with code {terminated['exitCode']}" if terminated.get("exitCode") else ""
    own_words = str(terminated.get("message") or "").strip()
    if reason not in _STARTING:
        details = [text for text in (str(waiting.get("message") or ""), exited, own_words) if text]
        container = str(status.get("name") or "") if reason in _LOGS_HELP else ""
        return [Problem(f"{where}: {': '.join([reason, *details])}", pod, container)]
    if exited and not status.get("ready"):
        text = ": ".join(text for text in (where, exited, str(terminated.get("reason") or ""), own_words) if text)
        return [Problem(text, pod, str(status.get("name") or ""))]
    return []


def is_ready(pod: KubeObject) -> bool:
    """Say whether the pod takes part in its services."""
    return condition_of(pod, "Ready").get("status") == "True"


def owned_by(objects: list[KubeObject], owner: KubeObject) -> list[KubeObject]:
    """Return the objects that ``owner`` controls."""
    uid = metadata_of(owner).get("uid")
    return [
        item
        for item in objects
        if any(reference.get("uid") == uid for reference in metadata_of(item).get("ownerReferences") or [])
    ]


def all_problems(pods: list[KubeObject]) -> list[Problem]:
    """Return the problems of all pods that are not ready, the same one of several pods only once."""
    unique: dict[str, Problem] = {}
    for pod in pods:
        if is_ready(pod) or metadata_of(pod).get("deletionTimestamp"):
            continue
        for problem in problems_of(pod):
            unique.setdefault(problem.text.replace(name_of(pod), ""), problem)
    return list(unique.values())


def selected_by(selector: Value) -> str:
    """Return a labelSelector as the text that list requests take."""
    parts = [f"{key}={value}" for key, value in (pluck(selector, "matchLabels") or {}).items()]
    for expression in pluck(selector, "matchExpressions") or []:
        key, operator = expression.get("key"), expression.get("operator")
        values = ",".join(expression.get("values") or [])
        parts.append(
            {"In": f"{key} in ({values})", "NotIn": f"{key} notin ({values})", "Exists": f"{key}"}.get(
                str(operator), f"!{key}"
            )
        )
    return ",".join(parts)


def pods_selected_by(live: KubeObject) -> list[Related]:
    """Return the pods of a workload, for the problems they have."""
    return [Related("v1", "Pod", selected_by(pluck(live, "spec", "selector")))]


def judge(snapshot: Snapshot) -> Verdict:
    """Judge a pod of its own: running and ready, or done."""
    pod = snapshot.live
    phase = pluck(pod, "status", "phase")
    if phase == "Succeeded":
        return Ready("the pod succeeded")
    if phase == "Failed":
        return Failed(problems_of(pod))
    if phase == "Running" and is_ready(pod):
        return Ready("the pod is ready")
    problems = problems_of(pod)
    return Waiting(problems[0].text if problems else f"Pod is {phase or 'Pending'}", problems)
