"""Kinds that had other group versions once: the types under which an older state may know an object of theirs.

It is the list that the SDK's classes carry as aliases; a test compares the two. Objects of manifests need it, since
they are registered without those classes. Source: the aliases of each class in sdk/python/pulumi_kubernetes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from plugins.kubernetes.model.tokens import GroupVersionKind

_FAMILIES: Final = {
    (
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    ): (
        "admissionregistration.k8s.io/v1",
        "admissionregistration.k8s.io/v1alpha1",
        "admissionregistration.k8s.io/v1beta1",
    ),
    ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"): (
        "admissionregistration.k8s.io/v1",
        "admissionregistration.k8s.io/v1beta1",
    ),
    ("CustomResourceDefinition",): ("apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1"),
    ("APIService",): (
        "apiregistration.k8s.io/v1",
        "apiregistration.k8s.io/v1beta1",
        "apiregistration/v1",
        "apiregistration/v1beta1",
    ),
    ("ControllerRevision", "StatefulSet"): ("apps/v1", "apps/v1beta1", "apps/v1beta2"),
    ("Deployment",): ("apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"),
    ("DaemonSet", "ReplicaSet"): ("apps/v1", "apps/v1beta2", "extensions/v1beta1"),
    ("HorizontalPodAutoscaler",): ("autoscaling/v1", "autoscaling/v2", "autoscaling/v2beta1", "autoscaling/v2beta2"),
    ("CronJob",): ("batch/v1", "batch/v1beta1", "batch/v2alpha1"),
    ("ClusterTrustBundle",): ("certificates.k8s.io/v1", "certificates.k8s.io/v1alpha1", "certificates.k8s.io/v1beta1"),
    ("CertificateSigningRequest", "PodCertificateRequest"): ("certificates.k8s.io/v1", "certificates.k8s.io/v1beta1"),
    ("Lease",): ("coordination.k8s.io/v1", "coordination.k8s.io/v1beta1"),
    ("LeaseCandidate",): (
        "coordination.k8s.io/v1alpha1",
        "coordination.k8s.io/v1alpha2",
        "coordination.k8s.io/v1beta1",
    ),
    ("Event",): ("core/v1", "events.k8s.io/v1", "events.k8s.io/v1beta1"),
    ("EndpointSlice",): ("discovery.k8s.io/v1", "discovery.k8s.io/v1beta1"),
    ("NetworkPolicy",): ("extensions/v1beta1", "networking.k8s.io/v1"),
    ("Ingress",): ("extensions/v1beta1", "networking.k8s.io/v1", "networking.k8s.io/v1beta1"),
    ("PodSecurityPolicy",): ("extensions/v1beta1", "policy/v1beta1"),
    ("FlowSchema", "PriorityLevelConfiguration"): (
        "flowcontrol.apiserver.k8s.io/v1",
        "flowcontrol.apiserver.k8s.io/v1alpha1",
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "flowcontrol.apiserver.k8s.io/v1beta3",
    ),
    ("IPAddress", "ServiceCIDR"): ("networking.k8s.io/v1", "networking.k8s.io/v1alpha1", "networking.k8s.io/v1beta1"),
    ("IngressClass",): ("networking.k8s.io/v1", "networking.k8s.io/v1beta1"),
    ("RuntimeClass",): ("node.k8s.io/v1", "node.k8s.io/v1alpha1", "node.k8s.io/v1beta1"),
    ("PodDisruptionBudget",): ("policy/v1", "policy/v1beta1"),
    ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"): (
        "rbac.authorization.k8s.io/v1",
        "rbac.authorization.k8s.io/v1alpha1",
        "rbac.authorization.k8s.io/v1beta1",
    ),
    ("ResourceClaim", "ResourceClaimTemplate"): (
        "resource.k8s.io/v1",
        "resource.k8s.io/v1alpha1",
        "resource.k8s.io/v1alpha2",
        "resource.k8s.io/v1alpha3",
        "resource.k8s.io/v1beta1",
        "resource.k8s.io/v1beta2",
    ),
    ("ResourceSlice",): (
        "resource.k8s.io/v1",
        "resource.k8s.io/v1alpha2",
        "resource.k8s.io/v1alpha3",
        "resource.k8s.io/v1beta1",
        "resource.k8s.io/v1beta2",
    ),
    ("DeviceClass",): (
        "resource.k8s.io/v1",
        "resource.k8s.io/v1alpha3",
        "resource.k8s.io/v1beta1",
        "resource.k8s.io/v1beta2",
    ),
    ("DeviceTaintRule",): ("resource.k8s.io/v1", "resource.k8s.io/v1alpha3", "resource.k8s.io/v1beta2"),
    ("ResourceClass",): ("resource.k8s.io/v1alpha1", "resource.k8s.io/v1alpha2"),
    ("PodSchedulingContext",): ("resource.k8s.io/v1alpha2", "resource.k8s.io/v1alpha3"),
    ("PriorityClass",): ("scheduling.k8s.io/v1", "scheduling.k8s.io/v1alpha1", "scheduling.k8s.io/v1beta1"),
    ("Workload",): (
        "scheduling.k8s.io/v1alpha1",
        "scheduling.k8s.io/v1alpha2",
        "scheduling.k8s.io/v1alpha3",
        "scheduling.k8s.io/v1beta1",
    ),
    ("PodGroup",): ("scheduling.k8s.io/v1alpha2", "scheduling.k8s.io/v1alpha3", "scheduling.k8s.io/v1beta1"),
    ("CSIStorageCapacity", "VolumeAttachment", "VolumeAttributesClass"): (
        "storage.k8s.io/v1",
        "storage.k8s.io/v1alpha1",
        "storage.k8s.io/v1beta1",
    ),
    ("CSIDriver", "CSINode", "StorageClass"): ("storage.k8s.io/v1", "storage.k8s.io/v1beta1"),
    ("StorageVersionMigration",): (
        "storagemigration.k8s.io/v1",
        "storagemigration.k8s.io/v1alpha1",
        "storagemigration.k8s.io/v1beta1",
    ),
}
_VERSIONS: Final = {kind: versions for kinds, versions in _FAMILIES.items() for kind in kinds}


def alias_types(kind: GroupVersionKind) -> list[str]:
    """Return the other type tokens of a kind; none for kinds that always had one group version."""
    own = f"{kind.group or 'core'}/{kind.version}"
    versions = _VERSIONS.get(kind.kind, ())
    # The same name in another group, as of a custom resource, is another kind.
    return [f"kubernetes:{version}:{kind.kind}" for version in versions if version != own] if own in versions else []
