"""Each thing that is known before is injected into a real plan once and found; a clean change gives none."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from operations.preview.foresight.api_versions import find_removed_apis, removals
from operations.preview.foresight.foresee import foresee
from operations.preview.foresight.live import Live
from operations.preview.plan import Planned

from .conftest import recorded

if TYPE_CHECKING:
    from operations.preview.finding import Finding
    from operations.preview.plan import Plan

    from .conftest import Edited

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
VERSION = "1.36.3"
DIGEST = "sha256:" + "0" * 64


def findings(plan: Plan, live: Live | None = None, *, now: dt.datetime = NOW) -> list[Finding]:
    found, _ = foresee(plan, live or Live(), kubernetes_version=VERSION, now=now)
    return found


def told(plan: Plan, live: Live | None = None) -> list[tuple[str, str, str]]:
    return [(each.check, each.severity, each.about) for each in findings(plan, live)]


def replicas(count: int) -> Any:  # noqa: ANN401 - a change for Edited.edit
    return lambda inputs: inputs["spec"].update(replicas=count)


def container(**fields: object) -> Any:  # noqa: ANN401 - likewise
    return lambda inputs: inputs["spec"]["template"]["spec"]["containers"][0].update(fields)


def pods_of(plan: Plan, kind: str, namespace: str, name: str, *nodes: str, ready: bool = True) -> list[dict[str, Any]]:
    """Return running pods of a declared workload as the API server lists them."""
    (declared,) = [o for o in plan.objects if (o.kind, o.namespace, o.name) == (kind, namespace, name)]
    labels = dict(declared.pod_labels)
    owner = {"kind": kind, "name": name, "controller": True}
    if kind == "Deployment":
        labels, owner = {**labels, "pod-template-hash": "5d"}, {**owner, "kind": "ReplicaSet", "name": f"{name}-5d"}
    metadata = {"namespace": namespace, "labels": labels, "ownerReferences": [owner]}
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]}
    spec = declared.pod_spec
    return [
        {
            "metadata": {**metadata, "name": f"{name}-{index}"},
            "spec": {**(spec or {}), "nodeName": node},
            "status": status,
        }
        for index, node in enumerate(nodes)
    ]


@pytest.mark.parametrize("name", ["first", "unchanged", "change", "replace"])
def test_a_clean_change_gives_none(name: str) -> None:
    assert told(recorded(name)) == []


def test_half_a_plan_is_not_judged(unchanged: Edited) -> None:
    unchanged.edit("frontend", ":Deployment", replicas(60))
    half = dataclasses.replace(unchanged.plan, complete=False)
    assert foresee(half, Live(), kubernetes_version=VERSION, now=NOW) == (
        [],
        ["The preview did not come to its end: nothing was looked ahead."],
    )


def test_pods_that_would_no_longer_fit(unchanged: Edited) -> None:
    unchanged.edit("frontend", ":Deployment", replicas(60))
    (finding,) = findings(unchanged.plan)
    assert (finding.check, finding.severity, finding.about) == ("fit", "error", "Deployment catalogue/frontend")
    assert "of 60 pods, each asking for 50m CPU and 32 MiB, do not fit: general-0 has " in finding.text


def test_pods_that_no_longer_fit_on_smaller_machines(unchanged: Edited) -> None:
    unchanged.edit_machines(lambda host: host.update(memoryMib=300), "general")
    assert {finding.check for finding in findings(unchanged.plan)} == {"fit"}


def test_pods_that_no_longer_fit_without_a_machine(unchanged: Edited) -> None:
    unchanged.edit("frontend", ":Deployment", replicas(24))
    assert told(unchanged.plan) == []
    unchanged.remove("general-1-join", ":AnsibleRun")
    unchanged.remove("general-1-prepare", ":AnsibleRun")
    assert ("fit", "error", "Deployment catalogue/frontend") in told(unchanged.plan)


def test_a_daemon_that_does_not_fit_on_a_node(unchanged: Edited) -> None:
    unchanged.edit("cilium-agent", ":DaemonSet", container(resources={"requests": {"cpu": "1100m", "memory": "1Mi"}}))
    about = [finding for finding in findings(unchanged.plan) if finding.about == "DaemonSet kube-system/cilium"]
    assert {finding.text.split(",")[0] for finding in about} == {
        "One pod does not fit on general-0",
        "One pod does not fit on general-1",
    }


def test_running_pods_stay_where_they_are(unchanged: Edited) -> None:
    """Packed anew the large pod would find a place; but nobody moves the pods that run already."""
    unchanged.edit("api", ":Deployment", container(resources={"requests": {"cpu": "650m", "memory": "1Mi"}}), "same")
    unchanged.edit("api", ":Deployment", replicas(1), "same")
    unchanged.edit("frontend", ":Deployment", replicas(12), "same")
    frontends = pods_of(unchanged.plan, "Deployment", "catalogue", "frontend", *["general-0"] * 6, *["general-1"] * 6)
    assert told(unchanged.plan) == []
    assert ("fit", "error", "Deployment catalogue/api") in told(unchanged.plan, Live(has_cluster=True, pods=frontends))


def test_pods_of_others_take_their_room(unchanged: Edited) -> None:
    stranger = {
        "metadata": {"name": "job", "namespace": "else"},
        "spec": {"nodeName": "general-0", "containers": [{"resources": {"requests": {"cpu": "800m"}}}]},
        "status": {"phase": "Running"},
    }
    both = [stranger, {**stranger, "spec": {**stranger["spec"], "nodeName": "general-1"}}]  # type: ignore[dict-item]
    assert told(unchanged.plan, Live(has_cluster=True, pods=both[:1])) == []
    assert "fit" in {check for check, _, _ in told(unchanged.plan, Live(has_cluster=True, pods=both))}
    ended = [{**pod, "status": {"phase": "Succeeded"}} for pod in both]
    assert told(unchanged.plan, Live(has_cluster=True, pods=ended)) == []


def test_a_rollout_for_which_there_is_no_room(unchanged: Edited) -> None:
    unchanged.edit("database", ":StatefulSet", lambda _: None, "same")
    unchanged.edit("frontend", ":Deployment", replicas(24), "same")
    unchanged.edit("frontend", ":Deployment", container(resources={"requests": {"cpu": "54m", "memory": "32Mi"}}))
    assert told(unchanged.plan) == [("fit", "warning", "Deployment catalogue/frontend")]


@pytest.mark.parametrize(
    ("spec", "blocks"),
    [
        ({"minAvailable": 2}, True),
        ({"minAvailable": "100%"}, True),
        ({"minAvailable": "51%"}, True),
        ({"maxUnavailable": 0}, True),
        ({"maxUnavailable": "0%"}, True),
        ({"minAvailable": 1}, False),
        ({"minAvailable": "50%"}, False),
        ({"maxUnavailable": "1%"}, False),
    ],
)
def test_a_drain_that_a_budget_would_block(unchanged: Edited, spec: dict[str, object], *, blocks: bool) -> None:
    selector = {"matchLabels": {"app.kubernetes.io/name": "api"}}
    unchanged.edit("api", ":PodDisruptionBudget", lambda inputs: inputs.update(spec={"selector": selector, **spec}))
    assert told(unchanged.plan) == []  # nothing is drained
    unchanged.remove("general-1-join", ":AnsibleRun")
    unchanged.remove("general-1-prepare", ":AnsibleRun")
    expected = [("drain", "error", "PodDisruptionBudget catalogue/api")] if blocks else []
    assert told(unchanged.plan) == expected


def test_a_drain_is_blocked_while_a_pod_is_not_ready(unchanged: Edited) -> None:
    unchanged.remove("general-1-join", ":AnsibleRun")
    unchanged.remove("general-1-prepare", ":AnsibleRun")
    on = pods_of(unchanged.plan, "Deployment", "catalogue", "api", "general-0", "general-1")
    off = pods_of(unchanged.plan, "Deployment", "catalogue", "api", "general-0", ready=False)
    assert told(unchanged.plan, Live(has_cluster=True, pods=on)) == []
    live = Live(has_cluster=True, pods=[*off, *on[1:]])
    assert told(unchanged.plan, live) == [("drain", "error", "PodDisruptionBudget catalogue/api")]


def test_a_drain_beside_a_scale_up_is_not_blocked(unchanged: Edited) -> None:
    unchanged.remove("general-1-join", ":AnsibleRun")
    unchanged.remove("general-1-prepare", ":AnsibleRun")
    unchanged.edit("api", ":Deployment", replicas(3))
    running = pods_of(unchanged.plan, "Deployment", "catalogue", "api", "general-0", "general-1")
    assert told(unchanged.plan, Live(has_cluster=True, pods=running)) == []


def test_pods_that_do_not_tolerate_a_taint(unchanged: Edited) -> None:
    unchanged.edit_machines(lambda host: host.update(taints=["maintenance=yes:NoSchedule"]), "general")
    found = findings(unchanged.plan)
    assert {finding.check for finding in found} == {"taint"}
    homeless = {finding.about for finding in found if finding.severity == "error"}
    assert {"Deployment catalogue/api", "Deployment catalogue/frontend"} <= homeless
    assert "StatefulSet catalogue/database" not in homeless
    assert "do not tolerate dedicated=database:NoSchedule, maintenance=yes:NoSchedule" in found[0].text


def test_a_pool_whose_taint_nobody_tolerates(unchanged: Edited) -> None:
    unchanged.edit_machines(lambda host: host.update(taints=["gpu=yes:NoSchedule"]), "database")
    assert told(unchanged.plan) == [
        ("taint", "error", "StatefulSet catalogue/database"),
        ("taint", "warning", "pool database"),
    ]


def test_a_soft_taint_keeps_nobody_away(unchanged: Edited) -> None:
    unchanged.edit_machines(lambda host: host.update(taints=["maintenance=yes:PreferNoSchedule"]), "general")
    assert told(unchanged.plan) == []


def test_a_selector_that_no_node_meets(unchanged: Edited) -> None:
    def select(inputs: dict[str, Any]) -> None:
        inputs["spec"]["template"]["spec"]["nodeSelector"] = {"disk": "fast"}

    unchanged.edit("api", ":Deployment", select)
    (finding,) = findings(unchanged.plan)
    assert finding.text == "No node has what its pods ask for: disk=fast."


def test_an_image_that_nothing_pushes(unchanged: Edited) -> None:
    image = f"registry.preview.slipway.internal:5000/slipway/api@{DIGEST}"
    unchanged.edit("api", ":Deployment", container(image=image))
    assert told(unchanged.plan) == [("image", "error", image)]


def test_an_api_version_that_the_next_minor_drops(unchanged: Edited) -> None:
    manifest = {"apiVersion": "networking.k8s.io/v1beta1", "kind": "ServiceCIDR", "metadata": {"name": "more"}}
    kind = "kubernetes:networking.k8s.io/v1beta1:ServiceCIDR"
    unchanged.add(Planned(f"urn:pulumi:p::slipway::{kind}::more", kind, "create", new=manifest))
    (finding,) = findings(unchanged.plan)
    assert (finding.check, finding.severity, finding.about) == ("api-version", "warning", "ServiceCIDR more")
    assert "is not served from Kubernetes 1.37 on; this is 1.36" in finding.text
    assert find_removed_apis(unchanged.plan, "v1.35.9") == []
    assert [each.severity for each in find_removed_apis(unchanged.plan, "1.37.0")] == ["error"]


def test_the_data_of_removed_apis_is_what_upstream_says() -> None:
    found = removals()
    assert found["policy/v1beta1", "PodDisruptionBudget"] == ((1, 25), "policy/v1")
    assert found["storage.k8s.io/v1beta1", "VolumeAttributesClass"] == ((1, 37), "storage.k8s.io/v1")
    assert ("apps/v1", "Deployment") not in found


@pytest.mark.parametrize(("days", "severity"), [(-1, "error"), (3, "warning"), (29, "warning"), (31, None)])
def test_a_certificate_that_expires_within_30_days(unchanged: Edited, days: int, severity: str | None) -> None:
    until = (NOW + dt.timedelta(days=days)).isoformat().replace("+00:00", "Z")
    unchanged.set_old_outputs("gateway-certificate", ":Certificate", notAfter=until)
    expected = [] if severity is None else [("certificate", severity, "gateway-certificate")]
    assert told(unchanged.plan) == expected


def test_a_certificate_that_the_update_renews_is_only_a_notice(unchanged: Edited) -> None:
    until = (NOW + dt.timedelta(days=3)).isoformat()
    unchanged.set_old_outputs("gateway-certificate", ":Certificate", action="update", notAfter=until)
    assert told(unchanged.plan) == [("certificate", "notice", "gateway-certificate")]


def test_errors_come_before_warnings_and_notices(unchanged: Edited) -> None:
    until = (NOW + dt.timedelta(days=3)).isoformat()
    unchanged.set_old_outputs("gateway-certificate", ":Certificate", action="update", notAfter=until)
    unchanged.set_old_outputs("registry-certificate", ":Certificate", notAfter=until)
    unchanged.edit("frontend", ":Deployment", replicas(60))
    assert [severity for _, severity, _ in told(unchanged.plan)] == ["error", "warning", "notice"]
