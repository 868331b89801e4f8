"""Drains that a disruption budget would block: on nodes that leave, or whose machine is made anew.

It deliberately judges each budget as it will be after the update, by the pods as they are now where there are any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.preview.finding import Finding
from operations.preview.foresight.workload import Workload, absolute, matches_labels, untolerated
from policies.kubernetes_object import reach, selects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.preview.foresight.nodes import Node
    from operations.preview.foresight.survey import Survey
    from policies.kubernetes_object import KubernetesObject


def find_blocked_drains(survey: Survey) -> list[Finding]:
    """Return a finding for each budget that leaves no room for a drain which the update needs."""
    moving = [node for node in survey.nodes.values() if node.leaves or node.is_replaced]
    budgets = [each for each in survey.plan.objects if each.kind == "PodDisruptionBudget"]
    return [finding for budget in budgets for finding in _blocked(survey, budget, moving)]


def _blocked(survey: Survey, budget: KubernetesObject, moving: list[Node]) -> Iterator[Finding]:
    covered = [each for each in survey.workloads.values() if _covers(budget, each)]
    expected = sum(each.replicas for each in covered if not each.is_daemon)
    nodes = [node for node in moving if _has_pods(survey, covered, node)]
    if not expected or not nodes:
        return
    needed = _needed(budget, expected)
    healthy = _healthy(survey, covered, expected)
    if healthy > needed:
        return
    yield Finding(
        check="drain",
        severity="error",
        about=str(budget),
        text=f"It wants {needed} of {expected} pods available and {healthy} are, so none of "
        f"{', '.join(str(each) for each in covered)} may be evicted; the update drains or replaces "
        f"{', '.join(node.name for node in nodes)}.",
        advice="Allow one disruption (maxUnavailable: 1), add a replica, or mend the pods that are not ready first.",
    )


def _covers(budget: KubernetesObject, workload: Workload) -> bool:
    return budget.namespace == workload.key[1] and selects(budget.spec.get("selector"), workload.labels)


def _needed(budget: KubernetesObject, expected: int) -> int:
    """Source: kubernetes pkg/controller/disruption, getExpectedPodCount: percentages are rounded up."""
    if budget.spec.get("minAvailable") is not None:
        return absolute(budget.spec["minAvailable"], expected, up=True)
    return expected - absolute(reach(budget.spec, "maxUnavailable") or 0, expected, up=True)


def _healthy(survey: Survey, covered: list[Workload], expected: int) -> int:
    """Return how many pods will be ready: all but those that are not now; those to come are taken to be."""
    keys = {each.key for each in covered}
    return expected - sum(not pod.is_ready for pod in survey.pods if pod.owner in keys)


def _has_pods(survey: Survey, covered: list[Workload], node: Node) -> bool:
    """Say whether pods are on a node, or may be, where nobody can be asked."""
    keys = {each.key for each in covered}
    if survey.live.has_cluster:
        return any(pod.node == node.name and pod.owner in keys for pod in survey.pods)
    return any(matches_labels(each, node) and not untolerated(each, node) for each in covered)
