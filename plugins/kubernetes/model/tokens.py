"""Maps Pulumi type tokens to Kubernetes group, version and kind.

It asks no cluster: whether a kind is served is a question for ``discovery``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

PACKAGE: Final = "kubernetes"

# Early SDKs dropped the suffix in their tokens; their aliases still name groups this way.
_SHORT_GROUPS: Final = {
    "core": "",
    "meta": "",  # of the class Status, which is an answer of the API server and no object
    **{
        short: f"{short}.k8s.io"
        for short in (
            "admissionregistration",
            "apiextensions",
            "apiregistration",
            "auditregistration",
            "certificates",
            "coordination",
            "discovery",
            "events",
            "lifecycle",
            "networking",
            "node",
            "resource",
            "scheduling",
            "settings",
            "storage",
            "storagemigration",
        )
    },
    "flowcontrol": "flowcontrol.apiserver.k8s.io",
    "rbac": "rbac.authorization.k8s.io",
}
_BUILT_IN_GROUPS: Final = frozenset(_SHORT_GROUPS.values()) | {"apps", "autoscaling", "batch", "extensions", "policy"}
# These are resources of the Helm SDK or components, not objects of a cluster.
_FOREIGN_MODULES: Final = frozenset({"helm.sh", "kustomize", "yaml"})


@dataclass(frozen=True)
class GroupVersionKind:
    """The identity of a Kubernetes type; ``group`` is empty for the core group."""

    group: str
    version: str
    kind: str

    @property
    def api_version(self) -> str:
        """``apps/v1``, or ``v1`` for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def built_in(self) -> bool:
        """Whether the group belongs to Kubernetes itself, not to a custom resource definition."""
        return self.group in _BUILT_IN_GROUPS

    @property
    def lists_others(self) -> bool:
        """Whether this is a list kind such as ConfigMapList."""
        return self.built_in and self.kind.endswith("List")

    def __str__(self) -> str:
        return f"{self.api_version}/{self.kind}"


def parse_token(token: str) -> GroupVersionKind:
    """Return the type that ``kubernetes:<group>/<version>:<Kind>`` names.

    Raises:
        KeyError: the token is not of this package, or names no object of a cluster.
    """
    package, _, rest = token.partition(":")
    module, _, kind = rest.partition(":")
    group, _, version = module.rpartition("/")
    if package != PACKAGE or not kind or not module or group in _FOREIGN_MODULES or module in _FOREIGN_MODULES:
        raise KeyError(token)
    return GroupVersionKind(_SHORT_GROUPS.get(group, group), version, kind)


def token_of(kind: GroupVersionKind) -> str:
    """Return the type token of a kind, as the SDK's class for it has it."""
    return f"{PACKAGE}:{kind.group or 'core'}/{kind.version}:{kind.kind}"


def kind_of(obj: dict[str, Any]) -> GroupVersionKind:
    """Return the type that an object says it has."""
    group, _, version = str(obj.get("apiVersion") or "").rpartition("/")
    return GroupVersionKind("" if group == "core" else group, version, str(obj.get("kind") or ""))


def is_patch(token_kind: GroupVersionKind, obj: dict[str, Any]) -> bool:
    """Say whether the resource is one of the SDK's Patch kinds: type NamespacePatch, object kind Namespace."""
    return isinstance(obj.get("kind"), str) and token_kind.kind == f"{obj['kind']}Patch"
