"""What a container may do on its node: as little as possible, and outside of the platform nothing at all.

It deliberately repeats what Pod Security Standards enforce later: a preview should say it, not the API server.
Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policies.kubernetes_object import UNKNOWN, mapping, reach, sequence
from policies.rules.platform import NAMESPACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.kubernetes_object import KubernetesObject

HOST_NAMESPACES = ("hostNetwork", "hostPID", "hostIPC")


def unprivileged_user(each: KubernetesObject) -> Iterator[str]:
    """Find containers that may run as root, gain privileges, keep capabilities, or write to their root file system."""
    pod = mapping(mapping(each.pod_spec).get("securityContext"))
    for container in each.containers():
        own = container.get("securityContext")
        if own == UNKNOWN:
            continue
        lacking = _lacking(pod, mapping(own))
        if lacking:
            yield f"container '{container.get('name')}': securityContext without {', '.join(lacking)}"


def _lacking(pod: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    dropped = sequence(reach(own, "capabilities", "drop"))
    kept = {
        "runAsNonRoot: true": _is(own.get("runAsNonRoot", pod.get("runAsNonRoot")), value=True),
        "readOnlyRootFilesystem: true": _is(own.get("readOnlyRootFilesystem"), value=True),
        "allowPrivilegeEscalation: false": _is(own.get("allowPrivilegeEscalation"), value=False),
        "capabilities.drop: [ALL]": "ALL" in dropped,
    }
    return [setting for setting, holds in kept.items() if not holds]


def _is(found: object, *, value: bool) -> bool:
    return found is value or found == UNKNOWN


def nothing_of_the_host(each: KubernetesObject) -> Iterator[str]:
    """Find privileged containers, and pods with paths or namespaces of their node, outside of the platform."""
    pod = each.pod_spec
    if pod is None or each.namespace in NAMESPACES:
        return
    for volume in sequence(pod.get("volumes")):
        if mapping(volume).get("hostPath") is not None:
            yield f"volume '{volume.get('name')}' is a hostPath"
    yield from (f"{key} is set" for key in HOST_NAMESPACES if pod.get(key) is True)
    for container in each.containers():
        if reach(container, "securityContext", "privileged") is True:
            yield f"container '{container.get('name')}' is privileged"
