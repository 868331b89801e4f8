"""How readings are judged and failures explained, without any server: values in, findings out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rich.console import Console

from operations.failure import OperationFailedError
from operations.health import api_server, host, nodes, pod_exec, pods
from operations.health.blame import Probed, explanation
from operations.health.check import check_once
from operations.health.finding import Finding
from operations.health.kubernetes_api import parse_kubeconfig
from operations.health.outputs import Outputs, parse_outputs
from operations.health.probe_context import ProbeContext
from operations.health.report_table import show

SECRET = "never-to-be-shown"
DF = """1000.5
Filesystem 1024-blocks Used Available Capacity Mounted on
overlay 100 50 50 50% /
/dev/sda 100 95 5 95% /var
"""


def _content(targets: list[dict[str, Any]], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    node = {"address": "10.0.0.2", "sshPort": 22, "user": "slipway", "hostKey": "ssh-ed25519 AAAA"}
    return {
        "kubeconfig": SECRET,
        "registry": {"address": "a:1", "name": "r:5000", "username": "u", "password": SECRET, "caPem": "x"},
        "endpoints": {"application": "https://a", "api": "https://a/api/v1", "apiServer": "https://k"},
        "nodes": [
            {**node, "name": "lb", "roles": ["load-balancer"]},
            {**node, "name": "cp", "roles": ["control-plane"]},
        ],
        "ssh": {"user": "slipway", "privateKey": SECRET},
        "healthTargets": targets,
        **more,
    }


HOSTS = [{"kind": "host", "layer": "machines", "name": f"host {name}", "machine": name} for name in ("lb", "cp")]
API_SERVER = {"kind": "apiServer", "layer": "cluster", "name": "API server"}
NODES = {"kind": "nodes", "layer": "cluster", "name": "nodes", "expected": ["cp"]}
TLS = {"kind": "tls", "layer": "gateway", "name": "gateway", "address": "127.0.0.1:8443", "serverName": "a"}
PAGE = {
    "kind": "http",
    "layer": "workload",
    "name": "frontend",
    "url": "https://a/",
    "address": "127.0.0.1:8443",
    "serverName": "a",
}
API = {**PAGE, "name": "API", "url": "https://a/api/v1/products"}
DOCUMENT = {**PAGE, "kind": "document", "name": "document", "url": "https://a/api/v1"}
ALL = [*HOSTS, API_SERVER, NODES, TLS, PAGE, API, DOCUMENT]


def _explanations(failing: set[str]) -> dict[str, str]:
    outputs = parse_outputs(json.dumps(_content(ALL)), "unit")
    everything = [
        Probed(target, Finding(target.name not in failing, "", reachable=target.name not in failing), 1)
        for target in outputs.health_targets
    ]
    found = {
        probed.target.name: explanation(probed, everything, outputs)
        for probed in everything
        if not probed.finding.healthy
    }
    return {name: cause for name, cause in found.items() if cause is not None}


@pytest.mark.parametrize(
    ("failing", "explained"),
    [
        ({"API server", "nodes"}, {"nodes": "the API server is down"}),
        ({"nodes"}, {}),
        ({"host cp", "API server"}, {"API server": "cp cannot be reached"}),
        ({"host cp", "frontend"}, {}),
        ({"host lb", "gateway"}, {"gateway": "lb cannot be reached"}),
        ({"gateway", "frontend"}, {"frontend": "TLS at 127.0.0.1:8443 does not work"}),
        ({"API", "document"}, {"document": "'API' fails"}),
        ({"frontend", "document"}, {}),
    ],
)
def test_failure_is_explained_only_by_what_is_below_it(failing: set[str], explained: dict[str, str]) -> None:
    assert _explanations(failing) == explained


def test_unhealthy_but_reachable_machine_explains_nothing() -> None:
    outputs = parse_outputs(json.dumps(_content(ALL)), "unit")
    full = Finding(healthy=False, detail="disk full")
    everything = [
        Probed(target, full if target.kind in {"host", "apiServer"} else Finding(healthy=True, detail=""), 1)
        for target in outputs.health_targets
    ]
    probed = next(one for one in everything if one.target.kind == "apiServer")
    assert explanation(probed, everything, outputs) is None


@pytest.mark.parametrize(
    ("limits", "healthy", "detail"),
    [
        ({"maxDiskPercent": 95}, True, "disk 95 %"),
        ({"maxDiskPercent": 94}, False, "disk /var is 95 % full, at most 94 %"),
        ({"maxDiskPercent": 99, "maxClockSkewSeconds": 0.4}, False, "clock is +0.5 s off"),
    ],
)
def test_host_reading(limits: dict[str, float], *, healthy: bool, detail: str) -> None:
    target = host.HostTarget.model_validate({**HOSTS[0], **limits})
    finding = host.evaluate(host.parse_reading(DF, local_time=1000.0), target)
    assert finding.healthy is healthy
    assert detail in finding.detail


def test_host_that_prints_something_else_is_an_error() -> None:
    with pytest.raises(ValueError, match="printed no file system"):
        host.parse_reading("1000.5\n", local_time=0)


@pytest.mark.parametrize(
    ("status", "body", "healthy", "detail"),
    [
        (200, "[+]ping ok\n[+]etcd ok\n", True, "2 checks passed"),
        (500, "[+]ping ok\n[-]etcd failed: reason withheld\n", False, "failed: etcd"),
        (401, "", False, "refuses the kubeconfig's user"),
    ],
)
def test_api_server_answer(status: int, body: str, *, healthy: bool, detail: str) -> None:
    finding = api_server.evaluate(status, body)
    assert finding.healthy is healthy
    assert detail in finding.detail


def _node(name: str, ready: str = "True", *, cordoned: bool = False) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": ready, "reason": "KubeletNotReady"}]
    allocatable = {"cpu": "1", "memory": "1Gi"}
    spec = {"unschedulable": cordoned}
    return {"metadata": {"name": name}, "spec": spec, "status": {"conditions": conditions, "allocatable": allocatable}}


def test_nodes_missing_and_not_ready_are_both_told() -> None:
    finding = nodes.evaluate([_node("a"), _node("b", "False")], ["a", "b", "c"])
    assert not finding.healthy
    assert finding.detail == "c is missing; b is not Ready (KubeletNotReady)"


STALE = f"a has the address 10.0.0.5, its network agent knows 10.0.0.9; restart the agent: {nodes.RESTART_AGENT}a"


@pytest.mark.parametrize(
    ("agent", "expected"), [("10.0.0.5", (True, "a (1 cpu, 1Gi)")), ("10.0.0.9", (False, STALE))], ids=["same", "other"]
)
def test_an_agent_with_an_address_that_its_node_has_not_is_told(agent: str, expected: tuple[bool, str]) -> None:
    node = _node("a")
    node["status"]["addresses"] = [{"type": "InternalIP", "address": "10.0.0.5"}, {"type": "Hostname", "address": "a"}]
    inside = {"type": "CiliumInternalIP", "ip": "10.244.0.1"}
    agents = [{"metadata": {"name": "a"}, "spec": {"addresses": [{"type": "InternalIP", "ip": agent}, inside]}}]
    finding = nodes.evaluate([node], ["a"], agents)
    assert (finding.healthy, finding.detail) == expected


def test_nodes_show_what_they_offer_and_who_else_is_there() -> None:
    finding = nodes.evaluate([_node("a", cordoned=True), _node("stranger")], ["a"])
    assert finding.healthy
    assert finding.detail == "a (1 cpu, 1Gi, cordoned); not expected: stranger"


def _pod(name: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    metadata: dict[str, Any] = {"name": name, "ownerReferences": [{"kind": "ReplicaSet", "controller": True}]}
    status = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": []}
    return {"metadata": {**metadata, **changes.pop("metadata", {})}, "status": {**status, **changes}}


def test_pods_that_do_not_count_are_passed_over() -> None:
    not_ready = [{"type": "Ready", "status": "False"}]
    passed_over = [
        _pod("job", phase="Succeeded", conditions=not_ready),
        _pod("leaving", conditions=not_ready, metadata={"deletionTimestamp": "now"}),
        _pod("by-hand", conditions=not_ready, metadata={"ownerReferences": []}),
    ]
    ready = _pod("web", containerStatuses=[{"restartCount": 3}])
    assert pods.evaluate({"x": [*passed_over, ready]}).detail == "1 pods ready, 3 restarts"
    assert pods.evaluate({"x": passed_over}).detail == "namespace x has no pods"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"containerStatuses": [{"state": {"waiting": {"reason": "ImagePullBackOff"}}}]}, "waiting: ImagePullBackOff"),
        ({"phase": "Pending"}, "not ready (Pending)"),
        ({"conditions": [{"type": "PodScheduled", "status": "False"}]}, "is not scheduled"),
    ],
)
def test_pod_that_is_not_ready_says_why(changes: dict[str, Any], reason: str) -> None:
    finding = pods.evaluate({"x": [_pod("web", **{"conditions": [], **changes})]})
    assert not finding.healthy
    assert reason in finding.detail


def test_command_in_a_pod() -> None:
    assert pod_exec.evaluate(0, "Address: 10.96.0.1\n", r"10\.96\.\d+\.\d+", "p").detail == "in p: 10.96.0.1"
    assert not pod_exec.evaluate(0, "no answer", "10", "p").healthy
    assert "exit code 3: not found" in pod_exec.evaluate(3, "not found", "", "p").detail
    unready = _pod("a", conditions=[])
    assert pod_exec.running_pod([unready, _pod("c"), _pod("b")]) == "b"
    assert pod_exec.running_pod([unready]) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("nonsense", "not JSON"),
        ("{}", "has no outputs"),
        (json.dumps(_content([{"kind": "moon", "layer": "x", "name": "y"}])), "'moon' found using 'kind'"),
        (json.dumps(_content([], registry={"password": SECRET})), "registry.caPem: Field required"),
        (json.dumps(_content([{**HOSTS[0], "maxDiskPercent": SECRET}])), "maxDiskPercent"),
    ],
)
def test_outputs_that_health_cannot_use_are_named_without_their_values(text: str, complaint: str) -> None:
    with pytest.raises(OperationFailedError, match="slipway up unit") as raised:
        parse_outputs(text, "unit")
    assert complaint in str(raised.value)
    assert SECRET not in str(raised.value)


def test_malformed_kubeconfig_is_not_shown() -> None:
    with pytest.raises(OperationFailedError, match="kubeconfig") as raised:
        parse_kubeconfig(f"clusters: {SECRET}")
    assert SECRET not in str(raised.value)
    assert raised.value.__suppress_context__


def test_outputs_do_not_show_secrets_when_printed() -> None:
    assert SECRET not in repr(parse_outputs(json.dumps(_content([])), "unit"))


async def test_environment_without_targets_is_not_called_healthy() -> None:
    outputs = parse_outputs(json.dumps(_content([])), "unit")
    assert not (await check_once(_context(outputs), "unit")).healthy


async def test_table_shows_every_check_and_the_verdict() -> None:
    outputs = parse_outputs(json.dumps(_content([API_SERVER, NODES])), "unit")
    report = await check_once(_context(outputs), "unit")
    console = Console(width=100, record=True, quiet=False, file=None, no_color=True)
    with console.capture() as captured:
        show(report, console)
    shown = captured.get()
    for expected in ("API server", "nodes", "unhealthy", "skipped", "NOT healthy: 0 of 2"):
        assert expected in shown


def _context(outputs: Outputs) -> ProbeContext:
    return ProbeContext(outputs, timeout_seconds=1, kubectl=lambda: pytest.fail("not needed"))
