"""What is there more than once stays there while nodes leave: a disruption budget guards it.

Whether a budget leaves a drain any room is a question of the plan: see the preview's foresight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.kubernetes_object import selects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from policies.kubernetes_object import KubernetesObject


def disruption_budget(objects: Sequence[KubernetesObject]) -> Iterator[tuple[KubernetesObject, str]]:
    """Find Deployments of more than one replica that no PodDisruptionBudget covers."""
    budgets = [each for each in objects if each.kind == "PodDisruptionBudget"]
    for each in objects:
        replicas = each.spec.get("replicas", 1)
        if each.kind != "Deployment" or not isinstance(replicas, (int, float)) or replicas <= 1:
            continue
        if not any(_covers(budget, each) for budget in budgets):
            yield each, f"has {replicas:g} replicas and no PodDisruptionBudget that selects them"


def _covers(budget: KubernetesObject, each: KubernetesObject) -> bool:
    return budget.namespace == each.namespace and selects(budget.spec.get("selector"), each.pod_labels)
