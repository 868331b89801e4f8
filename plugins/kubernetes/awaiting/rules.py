"""The table of kinds that are waited for; every other kind is ready as soon as the API server stored it.

It holds no logic. Source: pulumi/pulumi-kubernetes provider/pkg/await/awaiters.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plugins.kubernetes.awaiting import (
    daemon_set,
    definition,
    deployment,
    generic,
    ingress,
    job,
    pods,
    service,
    small_objects,
    stateful_set,
)
from plugins.kubernetes.awaiting.pods import pods_selected_by
from plugins.kubernetes.awaiting.verdict import Rule
from plugins.kubernetes.awaiting.volumes import judge_claim, judge_volume, storage_class_of

if TYPE_CHECKING:
    from plugins.kubernetes.model.tokens import GroupVersionKind

_FIVE_MINUTES: Final = 300.0
_ONE_MINUTE: Final = 60.0

_RULES: Final = {
    ("", "PersistentVolume"): Rule(judge_volume, timeout_seconds=_FIVE_MINUTES, on_refresh=False),
    ("", "PersistentVolumeClaim"): Rule(judge_claim, storage_class_of, _FIVE_MINUTES, on_refresh=False),
    ("", "Pod"): Rule(pods.judge),
    ("", "ReplicationController"): Rule(
        small_objects.judge_replication_controller, small_objects.pods_of_controller, on_refresh=False
    ),
    ("", "ResourceQuota"): Rule(small_objects.judge_quota, timeout_seconds=_ONE_MINUTE, on_refresh=False),
    ("", "Secret"): Rule(small_objects.judge_secret, timeout_seconds=_ONE_MINUTE, on_refresh=False),
    ("", "Service"): Rule(service.judge, service.related),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): Rule(definition.judge, on_refresh=False),
    ("apps", "DaemonSet"): Rule(daemon_set.judge, pods_selected_by),
    ("apps", "Deployment"): Rule(deployment.judge, deployment.related),
    ("apps", "StatefulSet"): Rule(stateful_set.judge, pods_selected_by),
    ("batch", "Job"): Rule(job.judge, pods_selected_by),
    ("networking.k8s.io", "Ingress"): Rule(ingress.judge),
}


def rule_for(kind: GroupVersionKind, *, await_all: bool = False) -> Rule | None:
    """Return the rule of a kind, None if there is nothing to wait for.

    Args:
        kind: What is waited for.
        await_all: Whether kinds without a rule of their own are judged by their conditions.
    """
    return _RULES.get((kind.group, kind.kind)) or (generic.RULE if await_all else None)
