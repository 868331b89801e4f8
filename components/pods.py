"""What every pod of ours has in common: an unprivileged user, a read-only root, spreading, and probes.

It builds plain values for pod specs; it registers no resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UNPRIVILEGED_USER = 10001
"""Far from any account of a node; the images of apps/ are made for it."""


def restricted_pod(**spec: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a PodSpec
    """Return a pod spec that the `restricted` Pod Security Standard accepts."""
    security: dict[str, Any] = {
        "run_as_non_root": True,
        "run_as_user": UNPRIVILEGED_USER,
        "run_as_group": UNPRIVILEGED_USER,
        "fs_group": UNPRIVILEGED_USER,
        "seccomp_profile": {"type": "RuntimeDefault"},
    }
    return {"security_context": security, "automount_service_account_token": False, **spec}


def restricted_container(name: str, image: Any, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    """Return a container without capabilities and with a read-only root file system."""
    security = {
        "allow_privilege_escalation": False,
        "read_only_root_filesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    return {
        "name": name,
        "image": image,
        "security_context": security,
        "termination_message_policy": "FallbackToLogsOnError",
        **fields,
    }


def http_probe(path: str, port: int | str, *, host: str | None = None, **fields: int) -> dict[str, Any]:
    """Return a probe that asks for a path over HTTP, of a host by its name where one is given."""
    headers = {"http_headers": [{"name": "Host", "value": host}]} if host else {}
    return {"http_get": {"path": path, "port": port, **headers}, **fields}


def resources(*, cpu: str, memory: str, memory_limit: str) -> dict[str, Mapping[str, str]]:
    """Return requests and a memory limit.

    CPU has no limit: throttling a pod on an idle node only adds latency, and requests already share a busy one fairly.
    """
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory_limit}}


def spread(labels: Mapping[str, str], *, replicas: int, nodes: int) -> list[dict[str, Any]]:
    """Return the constraint that keeps replicas on at least two nodes, where there are two.

    It is a condition and no wish: on a wish, whichever node is ready first gets every replica of everything. A replica
    that finds no second node waits for it, such as while a machine is replaced; those that run are not touched.

    Args:
        labels: Of the pods. Per revision (pod-template-hash), or an update would count the pods it is about to remove.
        replicas: How many there are.
        nodes: Workers that take any pod.
    """
    return [
        {
            "max_skew": 1,
            "min_domains": max(min(2, replicas, nodes), 1),
            "topology_key": "kubernetes.io/hostname",
            "when_unsatisfiable": "DoNotSchedule",
            # A node whose taint keeps the pods away is no place that could be empty.
            "node_taints_policy": "Honor",
            "label_selector": {"match_labels": dict(labels)},
            "match_label_keys": ["pod-template-hash"],
        }
    ]


def tolerations(taints: Sequence[str]) -> list[dict[str, str]]:
    """Return what lets a pod onto nodes with these taints, written key=value:Effect."""
    found = []
    for taint in taints:
        pair, _, effect = taint.rpartition(":")
        key, has_value, value = pair.partition("=")
        operator = {"operator": "Equal", "value": value} if has_value else {"operator": "Exists"}
        found.append({"key": key, "effect": effect, **operator})
    return found


def not_awaited(name: str, namespace: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of ObjectMeta
    """Return metadata for an object whose readiness another one shows, so that nobody waits for both.

    A Service is ready when its pods are, and for those waits the Deployment.
    """
    return {"name": name, "namespace": namespace, "annotations": {"pulumi.com/skipAwait": "true"}, **fields}
