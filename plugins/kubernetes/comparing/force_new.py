"""Which changes of which kinds the API server refuses in place, so that the object must be replaced.

It is a table; source: pulumi/pulumi-kubernetes provider/pkg/provider/diff.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import KubeObject, Value
    from plugins.kubernetes.model.settings import Settings
    from plugins.kubernetes.model.tokens import GroupVersionKind

Pattern = tuple[str, ...]
"""Keys from the root; ``*`` stands for any index of a list."""

IDENTITY: Final[tuple[Pattern, ...]] = (("kind",), ("metadata", "name"), ("metadata", "namespace"))


def _below(prefix: Pattern, names: str) -> tuple[Pattern, ...]:
    return tuple((*prefix, name) for name in names.split())


_SELECTOR: Final = (("spec", "selector"),)
_CONTAINER: Final = (
    "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext "
    "stdin stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir"
)
_POD_SPEC: Final = (
    "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork "
    "hostPID hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName "
    "readinessGates restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName "
    "shareProcessNamespace subdomain terminationGracePeriodSeconds volumes"
)
_VOLUME_SOURCES: Final = (
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs "
    "hostPath iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume"
)
_STATEFUL_SET: Final = "podManagementPolicy revisionHistoryLimit selector serviceName volumeClaimTemplates"

_BY_KIND: Final[dict[tuple[str, str], tuple[Pattern, ...]]] = {
    ("apps", "DaemonSet"): _SELECTOR,
    ("apps", "Deployment"): _SELECTOR,
    ("apps", "StatefulSet"): _below(("spec",), _STATEFUL_SET),
    ("batch", "Job"): _below(("spec",), "completions parallelism selector template"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (("roleRef",),),
    ("rbac.authorization.k8s.io", "RoleBinding"): (("roleRef",),),
    ("storage.k8s.io", "StorageClass"): (("parameters",), ("provisioner",)),
    ("", "PersistentVolume"): _below(("spec",), _VOLUME_SOURCES),
    ("", "PersistentVolumeClaim"): _below(("spec",), "accessModes selector storageClassName volumeName"),
    ("", "Pod"): (
        *_below(("spec",), _POD_SPEC),
        *_below(("spec", "containers", "*"), _CONTAINER),
        *_below(("spec", "initContainers", "*"), _CONTAINER),
    ),
    ("", "ResourceQuota"): (("spec", "scopes"),),
    ("", "Secret"): (("type",),),
    ("", "Service"): (("spec", "clusterIP"),),
}


def force_new_patterns(kind: GroupVersionKind, obj: KubeObject, settings: Settings) -> tuple[Pattern, ...]:
    """Return the fields of this object whose change replaces it.

    ConfigMaps and Secrets are treated as immutable unless the provider says otherwise, so that what uses them
    is rolled too.
    """
    immutable = obj.get("immutable") is True
    if (kind.group, kind.kind) == ("", "ConfigMap"):
        frozen = immutable or not settings.enable_config_map_mutable
        return (*IDENTITY, ("binaryData",), ("data",)) if frozen else IDENTITY
    if (kind.group, kind.kind) == ("", "Secret") and (immutable or not settings.enable_secret_mutable):
        return (*IDENTITY, ("type",), ("stringData",), ("data",))
    return IDENTITY + _BY_KIND.get((kind.group, kind.kind), ())


def forces_replacement(path: tuple[str | int, ...], value: Value, patterns: tuple[Pattern, ...]) -> bool:
    """Say whether a change at ``path`` touches one of the fields.

    ``value`` is the new value there, None for a removal: a whole subtree that comes new reaches down to a field in it.
    """
    return any(_matches(path, value, pattern) for pattern in patterns)


def _matches(path: tuple[str | int, ...], value: Value, pattern: Pattern) -> bool:
    shared = min(len(path), len(pattern))
    if not all(_same(step, key) for step, key in zip(path[:shared], pattern[:shared], strict=True)):
        return False
    return len(path) >= len(pattern) or _reaches(value, pattern[shared:])


def _same(step: str | int, key: str) -> bool:
    return key == "*" if isinstance(step, int) else step == key


def _reaches(value: Value, rest: Pattern) -> bool:
    if not rest:
        return True
    if isinstance(value, list) and rest[0] == "*":
        return any(_reaches(item, rest[1:]) for item in value)
    return isinstance(value, dict) and rest[0] in value and _reaches(value[rest[0]], rest[1:])
