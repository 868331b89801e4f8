"""Waiting for objects, with the real controllers and a played kubelet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.errors import InitializationFailed
from plugins.rpc.values import reveal
from tests.plugins.kubernetes.kubelet import RUNNING, SUCCEEDED, UNSCHEDULABLE, kubelet, waiting

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value
    from tests.plugins.kubernetes.control_plane import ControlPlane
    from tests.plugins.kubernetes.engine import Engine, Made

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "c", "image": "x:1"}]},
}


def workload(namespace: str, **spec: Value) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE, **spec}
    return {"metadata": {"namespace": namespace, "name": "web"}, "spec": spec}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet"])
async def test_workload_is_ready_when_its_pods_are(
    engine: Engine, control_plane: ControlPlane, namespace: str, kind: str
) -> None:
    async with kubelet(control_plane, namespace, RUNNING):
        made = await engine.create(
            f"kubernetes:apps/v1:{kind}", "web", workload(namespace, replicas=2), timeout_seconds=30
        )
    assert made.outputs["status"]["readyReplicas"] == 2
    assert any("/2" in text for text in engine.statuses)


async def test_changed_template_waits_for_the_new_pods(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    async with kubelet(control_plane, namespace, RUNNING):
        made = await engine.create(DEPLOYMENT, "web", workload(namespace), timeout_seconds=30)
        other = {**TEMPLATE, "spec": {"containers": [{"name": "c", "image": "x:2"}]}}
        updated = await engine.update(made, workload(namespace, template=other), timeout_seconds=30)
    assert updated.outputs["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
    assert updated.outputs["status"]["updatedReplicas"] == 1


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (waiting("ImagePullBackOff", 'Back-off pulling image "x:1"'), 'ImagePullBackOff: Back-off pulling image "x:1"'),
        (waiting("CrashLoopBackOff", "back-off 10s", exitCode=3, reason="Error"), "exited with code 3"),
        (UNSCHEDULABLE, "Unschedulable: 0/3 nodes are available: 3 Insufficient cpu."),
    ],
)
async def test_a_deployment_that_does_not_come_up_says_why(
    engine: Engine, control_plane: ControlPlane, namespace: str, status: dict[str, Any], text: str
) -> None:
    async with kubelet(control_plane, namespace, status):
        with pytest.raises(InitializationFailed) as caught:
            await engine.create(DEPLOYMENT, "web", workload(namespace, replicas=2), timeout_seconds=3)
    reasons = "\n".join(caught.value.reasons)
    assert text in reasons
    assert reasons.count(text) == 1
    assert caught.value.id == f"{namespace}/web"
    assert caught.value.outputs["__inputs"]["kind"] == "Deployment"


async def test_service_waits_for_an_endpoint(engine: Engine, control_plane: ControlPlane, namespace: str) -> None:
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    service = {"metadata": {"namespace": namespace, "name": "web"}, "spec": spec}
    async with kubelet(control_plane, namespace, RUNNING):
        made, _ = await asyncio.gather(
            engine.create("kubernetes:core/v1:Service", "web", service, timeout_seconds=30),
            engine.create(DEPLOYMENT, "web", workload(namespace), timeout_seconds=30),
        )
    assert made.outputs["spec"]["clusterIP"]


async def test_service_without_pods_is_ready_after_a_while_but_names_its_selector(
    engine: Engine, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.kubernetes.awaiting.service._SETTLE_EMPTY_SECONDS", 1.0)
    spec = {"selector": {"app": "nobody"}, "ports": [{"port": 80}]}
    service = {"metadata": {"namespace": namespace, "name": "web"}, "spec": spec}
    await engine.create("kubernetes:core/v1:Service", "web", service, timeout_seconds=30)
    assert any(severity == "warning" and "app=nobody" in text for severity, text in engine.logs)


async def test_replication_controller_quota_and_token_are_waited_for(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    place = {"namespace": namespace}
    spec = {"replicas": 1, "selector": {"app": "web"}, "template": TEMPLATE}
    async with kubelet(control_plane, namespace, RUNNING):
        rc = await engine.create(
            "kubernetes:core/v1:ReplicationController",
            "rc",
            {"metadata": {**place, "name": "rc"}, "spec": spec},
            timeout_seconds=30,
        )
    assert rc.outputs["status"]["availableReplicas"] == 1
    hard = {"hard": {"pods": "5"}}
    quota = {"metadata": {**place, "name": "q"}, "spec": hard}
    made = await engine.create("kubernetes:core/v1:ResourceQuota", "q", quota, timeout_seconds=30)
    assert made.outputs["status"]["hard"] == hard["hard"]
    await engine.create("kubernetes:core/v1:ServiceAccount", "robot", {"metadata": {**place, "name": "robot"}})
    annotations = {"kubernetes.io/service-account.name": "robot"}
    token = {
        "metadata": {**place, "name": "t", "annotations": annotations},
        "type": "kubernetes.io/service-account-token",
    }
    made = await engine.create("kubernetes:core/v1:Secret", "t", token, timeout_seconds=30)
    assert "token" in reveal(made.outputs["data"])


async def test_warnings_of_controllers_are_shown_and_told(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    making = asyncio.create_task(engine.create(DEPLOYMENT, "web", workload(namespace), timeout_seconds=6))
    await asyncio.wait_for(engine.speaking.wait(), 10)
    live = control_plane.request("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments/web")
    about = {"kind": "Deployment", "name": "web", "namespace": namespace, "uid": live["metadata"]["uid"]}
    event = {
        "metadata": {"name": "e1"},
        "involvedObject": about,
        "type": "Warning",
        "reason": "FailedMount",
        "message": "volume data is elsewhere",
        "lastTimestamp": live["metadata"]["creationTimestamp"],
    }
    control_plane.request("POST", f"/api/v1/namespaces/{namespace}/events", event)
    with pytest.raises(InitializationFailed, match="volume data is elsewhere"):
        await making
    assert any("FailedMount: volume data is elsewhere" in text for text in engine.statuses)


async def test_unready_job_is_replaced_if_the_program_says_so(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    annotations = {"pulumi.com/replaceUnready": "true", "pulumi.com/skipAwait": "true"}
    spec = {"template": {"spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}
    job = {"metadata": {"namespace": namespace, "name": "j", "annotations": annotations}, "spec": spec}
    made = await engine.create("kubernetes:batch/v1:Job", "j", job)
    found = await engine.diff(made, job)
    assert found.replaces == ['metadata.annotations["pulumi.com/replaceUnready"]']
    assert found.delete_before_replace
    async with kubelet(control_plane, namespace, SUCCEEDED):
        for _ in range(200):
            if not (await engine.diff(made, job)).changes:
                return
            await asyncio.sleep(0.1)
    pytest.fail("The complete job is still to be replaced.")


async def test_job_waits_for_its_end_and_reports_its_failure(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    spec = {**TEMPLATE["spec"], "restartPolicy": "Never"}
    job = {"metadata": {"namespace": namespace, "name": "j"}, "spec": {"backoffLimit": 0, "template": {"spec": spec}}}
    failed = {
        "phase": "Failed",
        "containerStatuses": [
            {
                **waiting("", "")["containerStatuses"][0],
                "state": {"terminated": {"exitCode": 7, "reason": "Error", "message": "no database"}},
            }
        ],
    }
    async with kubelet(control_plane, namespace, failed):
        with pytest.raises(InitializationFailed) as caught:
            await engine.create("kubernetes:batch/v1:Job", "j", job, timeout_seconds=40)
    reasons = "\n".join(caught.value.reasons)
    assert "BackoffLimitExceeded" in reasons
    assert "exited with code 7" in reasons
    assert "no database" in reasons


async def test_claim_that_waits_for_its_first_consumer_is_ready(engine: Engine, namespace: str) -> None:
    storage = {
        "metadata": {"name": f"local-{namespace}"},
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    await engine.create("kubernetes:storage.k8s.io/v1:StorageClass", "local", storage)
    claim = {
        "metadata": {"namespace": namespace, "name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": f"local-{namespace}",
            "resources": {"requests": {"storage": "1024Mi"}},
        },
    }
    made = await engine.create("kubernetes:core/v1:PersistentVolumeClaim", "data", claim, timeout_seconds=20)
    assert made.outputs["status"]["phase"] == "Pending"
    assert not (await engine.diff(made, claim)).changes


async def test_refresh_tells_that_a_workload_is_not_ready(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    async with kubelet(control_plane, namespace, RUNNING):
        made = await engine.create(DEPLOYMENT, "web", workload(namespace), timeout_seconds=30)
    async with kubelet(control_plane, namespace, UNSCHEDULABLE):
        failed = await asyncio.wait_for(refused_refresh(engine, made), 20)
    assert any("available" in reason or "Unschedulable" in reason for reason in failed.reasons)
    assert failed.inputs["metadata"] == made.inputs["metadata"]


async def refused_refresh(engine: Engine, made: Made) -> InitializationFailed:
    """Refresh until the plugin finds the object not ready."""
    while True:
        try:
            await engine.refresh(made)
        except InitializationFailed as failed:
            return failed
        await asyncio.sleep(0.1)


async def test_wait_for_annotation_waits_for_what_the_program_says(
    engine: Engine, control_plane: ControlPlane, namespace: str
) -> None:
    annotations = {"pulumi.com/waitFor": "jsonpath={.data.ready}=yes"}
    program = {"metadata": {"namespace": namespace, "name": "late", "annotations": annotations}, "data": {}}
    making = asyncio.create_task(engine.create("kubernetes:core/v1:ConfigMap", "late", program, timeout_seconds=20))
    await asyncio.wait_for(engine.speaking.wait(), 10)
    path = f"/api/v1/namespaces/{namespace}/configmaps/late"
    await asyncio.to_thread(control_plane.patch, path, {"data": {"ready": "yes"}})
    assert (await making).outputs["data"] == {"ready": "yes"}


async def test_cancelling_ends_the_wait(engine: Engine, namespace: str) -> None:
    making = asyncio.create_task(engine.create(DEPLOYMENT, "web", workload(namespace)))
    await asyncio.wait_for(engine.speaking.wait(), 10)
    await engine.provider.cancel()
    with pytest.raises(InitializationFailed, match="cancelled"):
        await asyncio.wait_for(making, 10)
