"""The rights of Cilium's agent and operator, as data.

Only what the features switched on in ``components.cilium`` need.
Source: cilium/cilium v1.19 install/kubernetes/cilium/templates/cilium-{agent,operator}/clusterrole.yaml.
"""

from __future__ import annotations

from typing import Any

READ = ("get", "list", "watch")
WRITE = ("create", "update", "delete", "patch", *READ)

CRDS = (
    "ciliumbgpadvertisements", "ciliumbgpclusterconfigs", "ciliumbgpnodeconfigoverrides", "ciliumbgpnodeconfigs",
    "ciliumbgppeerconfigs", "ciliumcidrgroups", "ciliumclusterwideenvoyconfigs", "ciliumclusterwidenetworkpolicies",
    "ciliumegressgatewaypolicies", "ciliumendpoints", "ciliumendpointslices", "ciliumenvoyconfigs",
    "ciliumgatewayclassconfigs", "ciliumidentities", "ciliuml2announcementpolicies", "ciliumloadbalancerippools",
    "ciliumlocalredirectpolicies", "ciliumnetworkpolicies", "ciliumnodeconfigs", "ciliumnodes", "ciliumpodippools",
)  # fmt: skip


def _rule(group: str, resources: tuple[str, ...], verbs: tuple[str, ...], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"api_groups": [group], "resources": list(resources), "verbs": list(verbs), **more}


AGENT: list[dict[str, Any]] = [
    _rule("networking.k8s.io", ("networkpolicies",), READ),
    _rule("discovery.k8s.io", ("endpointslices",), READ),
    _rule("", ("namespaces", "services", "pods", "endpoints", "nodes"), READ),
    _rule("apiextensions.k8s.io", ("customresourcedefinitions",), READ),
    _rule("cilium.io", CRDS, ("list", "watch")),
    _rule("cilium.io", ("ciliumidentities", "ciliumendpoints", "ciliumnodes"), ("create",)),
    _rule("cilium.io", ("ciliumidentities",), ("update",)),
    _rule("cilium.io", ("ciliumendpoints",), ("delete", "get")),
    _rule("cilium.io", ("ciliumnodes", "ciliumnodes/status"), ("get", "update")),
    _rule("cilium.io", ("ciliumendpoints/status", "ciliumendpoints"), ("patch",)),
]

OPERATOR: list[dict[str, Any]] = [
    _rule("", ("pods",), (*READ, "delete")),
    _rule("", ("configmaps",), ("patch",), resource_names=["cilium-config"]),
    _rule("", ("nodes",), ("list", "watch", "patch")),
    _rule("", ("nodes/status",), ("patch",)),
    _rule("", ("namespaces", "services", "endpoints"), READ),
    _rule("", ("services/status",), ("update", "patch")),
    _rule("discovery.k8s.io", ("endpointslices",), READ),
    _rule("cilium.io", CRDS, (*WRITE, "deletecollection")),
    _rule(
        "cilium.io",
        tuple(f"{crd}/status" for crd in ("ciliumnetworkpolicies", "ciliumclusterwidenetworkpolicies", "ciliumnodes")),
        ("patch", "update"),
    ),
    _rule("apiextensions.k8s.io", ("customresourcedefinitions",), ("create", *READ)),
    _rule(
        "apiextensions.k8s.io",
        ("customresourcedefinitions",),
        ("update",),
        resource_names=[f"{crd}.cilium.io" for crd in CRDS],
    ),
    _rule("coordination.k8s.io", ("leases",), ("create", "get", "update")),
]
