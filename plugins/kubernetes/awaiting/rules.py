"""The table of kinds that are waited for; every other kind is ready as soon as the API server stored it.

It holds no logic. Source: pulumi/pulumi-kubernetes provider/pkg/await/awaiters.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from plugins.kubernetes.awaiting import daemon_set, definition, deployment, ingress, job, pods, service, stateful_set
from plugins.kubernetes.awaiting.pods import pods_selected_by
from plugins.kubernetes.awaiting.verdict import Rule
from plugins.kubernetes.awaiting.volumes import judge_claim, judge_volume, storage_class_of

if TYPE_CHECKING:
    from plugins.kubernetes.tokens import GroupVersionKind

_FIVE_MINUTES: Final = 300.0

_RULES: Final = {
    ("", "PersistentVolume"): Rule(judge_volume, timeout_seconds=_FIVE_MINUTES, on_refresh=False),
    ("", "PersistentVolumeClaim"): Rule(judge_claim, storage_class_of, _FIVE_MINUTES, on_refresh=False),
    ("", "Pod"): Rule(pods.judge),
    ("", "Service"): Rule(service.judge, service.related),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): Rule(definition.judge, on_refresh=False),
    ("apps", "DaemonSet"): Rule(daemon_set.judge, pods_selected_by),
    ("apps", "Deployment"): Rule(deployment.judge, deployment.related),
    ("apps", "StatefulSet"): Rule(stateful_set.judge, pods_selected_by),
    ("batch", "Job"): Rule(job.judge, pods_selected_by),
    ("networking.k8s.io", "Ingress"): Rule(ingress.judge),
}


def rule_for(kind: GroupVersionKind) -> Rule | None:
    """Return the rule of a kind, None if there is nothing to wait for."""
    return _RULES.get((kind.group, kind.kind))
