"""Ports, names, conditions and facts of machines: what is asked, how it is judged, and what explains a failure."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import dns.message
import dns.rcode
import dns.rrset
import pytest

from operations.health import condition, host_fact, tcp
from operations.health import dns as health_dns
from operations.health.blame import Probed, explanation
from operations.health.condition import ConditionTarget
from operations.health.dns import DnsTarget
from operations.health.finding import Finding
from operations.health.host_fact import HostFactTarget
from operations.health.report import CheckResult, Status
from operations.health.tcp import TcpTarget

from .health_stack import kubeconfig, only_result, outputs_of
from .servers import Answers, Authority, free_port, https, make_authority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

AT = {"layer": "cluster", "name": "x"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("pki"))


async def test_tcp_tells_an_open_port_from_a_closed_one(authority: Authority) -> None:
    port = free_port()
    target = {"kind": "tcp", "address": f"127.0.0.1:{port}", **AT}
    closed = await only_result(outputs_of([target], authority))
    assert closed.status is Status.UNHEALTHY
    assert "refused" in closed.detail
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", port):
        opened = await only_result(outputs_of([target], authority))
    assert opened.status is Status.HEALTHY


def test_tcp_judges_latency() -> None:
    target = TcpTarget.model_validate({"kind": "tcp", "address": "a:1", "maxLatencyMs": 10, **AT})
    assert tcp.evaluate(9, target).healthy
    assert "at most 10 ms" in tcp.evaluate(11, target).detail


class _NameServer(asyncio.DatagramProtocol):
    """Answers one name with one address, everything else with NXDOMAIN."""

    def connection_made(self, transport: Any) -> None:  # noqa: ANN401
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ANN401
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        name = question.question[0].name
        if name.to_text() == "here.example.":
            answer.answer.append(dns.rrset.from_text(name, 30, "IN", "A", "192.0.2.7"))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)


@contextlib.asynccontextmanager
async def _name_server() -> AsyncIterator[str]:
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(_NameServer, local_addr=("127.0.0.1", 0))
    try:
        yield f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("query", "expect", "detail"),
    [
        ("here.example", [], "here.example is 192.0.2.7"),
        ("here.example", ["192.0.2.7"], "here.example is 192.0.2.7"),
        ("here.example", ["192.0.2.8"], "here.example is 192.0.2.7, expected 192.0.2.8"),
        ("gone.example", [], "gone.example: NXDOMAIN"),
    ],
)
async def test_dns_asks_a_server(query: str, expect: list[str], detail: str, authority: Authority) -> None:
    async with _name_server() as server:
        target = {"kind": "dns", "query": query, "server": server, "expect": expect, **AT}
        result = await only_result(outputs_of([target], authority))
    assert result.detail == detail
    assert (result.status is Status.HEALTHY) is (detail == "here.example is 192.0.2.7")


async def test_dns_without_a_server_asks_this_computer(authority: Authority) -> None:
    target = {"kind": "dns", "query": "localhost", "expect": ["127.0.0.1"], **AT}
    assert (await only_result(outputs_of([target], authority))).status is Status.HEALTHY
    target["query"] = "nowhere.invalid"
    assert (await only_result(outputs_of([target], authority))).status is Status.UNHEALTHY


def test_dns_judges_latency() -> None:
    target = DnsTarget.model_validate({"kind": "dns", "query": "a", "maxLatencyMs": 10, **AT})
    assert "at most 10 ms" in health_dns.evaluate(["192.0.2.7"], 11, target).detail


def _route(**status: Any) -> dict[str, Any]:  # noqa: ANN401 - the status of any object
    return {"metadata": {"generation": 3}, "status": status}


def _condition(kind: str, status: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - keys of a condition
    return {"type": kind, "status": status, "observedGeneration": 3, **more}


TARGET = ConditionTarget.model_validate(
    {
        "kind": "condition", "apiVersion": "gateway.networking.k8s.io/v1", "resource": "httproutes", "object": "api",
        "namespace": "catalogue", "conditions": ["Accepted", "ResolvedRefs"], **AT,
    }
)  # fmt: skip
GOOD = [_condition("Accepted", "True"), _condition("ResolvedRefs", "True")]

REFUSED = _condition("Accepted", "False", reason="X")


@pytest.mark.parametrize(
    ("found", "detail"),
    [
        (_route(parents=[{"conditions": GOOD}]), "Accepted, ResolvedRefs"),
        (_route(conditions=GOOD), "Accepted, ResolvedRefs"),
        (_route(parents=[]), "no gateway has accepted or refused it"),
        (_route(parents=[{"conditions": GOOD[:1]}]), "says nothing of ResolvedRefs"),
        (
            _route(parents=[{"conditions": GOOD}, {"conditions": [REFUSED, GOOD[1]]}]),
            "Accepted is False (X)",
        ),
        (
            _route(conditions=[GOOD[0], _condition("ResolvedRefs", "False", reason="BackendNotFound", message="no y")]),
            "ResolvedRefs is False (BackendNotFound: no y)",
        ),
        (
            _route(conditions=[{**GOOD[0], "observedGeneration": 2}, GOOD[1]]),
            "Accepted is about an earlier generation of it",
        ),
    ],
)
def test_conditions_are_judged_for_the_present_generation(found: dict[str, Any], detail: str) -> None:
    finding = condition.evaluate(found, TARGET)
    assert finding == Finding(healthy=detail == "Accepted, ResolvedRefs", detail=detail)


async def test_a_condition_is_read_from_the_api_server(authority: Authority) -> None:
    path = "/apis/gateway.networking.k8s.io/v1/namespaces/catalogue/httproutes/api"
    content = b'{"metadata": {}, "status": {"parents": [{"conditions": [{"type": "Accepted", "status": "True"}]}]}}'
    target = {**TARGET.model_dump(by_alias=True), "conditions": ["Accepted"]}
    with https(Answers({path: (200, content)}), authority, client_certificates=True) as address:
        outputs = outputs_of([target], authority, kubeconfig=kubeconfig(address, authority))
        assert (await only_result(outputs)).status is Status.HEALTHY
        outputs = outputs_of([{**target, "object": "gone"}], authority, kubeconfig=kubeconfig(address, authority))
        assert (await only_result(outputs)).detail == "httproutes/gone: HTTP 404"


def test_paths_of_the_core_group_and_of_cluster_objects() -> None:
    node = TARGET.model_copy(update={"api_version": "v1", "resource": "nodes", "object": "a", "namespace": None})
    assert node.path == "/api/v1/nodes/a"


def _fact(**keys: Any) -> HostFactTarget:  # noqa: ANN401 - keys of a target
    return HostFactTarget.model_validate({"kind": "hostFact", "machine": "m", "layer": "machines", "name": "x", **keys})


def test_every_unit_must_be_active() -> None:
    target = _fact(fact="unit", subjects=["containerd.service", "kubelet.service"])
    assert host_fact.evaluate("active\nactive\n", target) == Finding(healthy=True, detail="containerd, kubelet: active")
    assert host_fact.evaluate("active\nfailed\n", target).detail == "kubelet.service is failed, expected active"
    assert not host_fact.evaluate("active\n", target).healthy


def test_kernel_settings_and_failed_units() -> None:
    target = _fact(fact="sysctl", subjects=["net.ipv4.ip_forward"], equals="1")
    assert host_fact.evaluate("1\n", target).healthy
    assert host_fact.evaluate("0\n", target).detail == "net.ipv4.ip_forward is 0, expected 1"
    assert host_fact.evaluate_failed("").healthy
    assert host_fact.evaluate_failed("a.service loaded failed failed A\n").detail == "failed: a.service"


def test_what_is_on_a_machine_that_cannot_be_reached_is_no_second_problem(authority: Authority) -> None:
    machine = {"kind": "host", "layer": "machines", "name": "m", "machine": "m"}
    others = [
        {"kind": "hostFact", "fact": "failedUnits", "layer": "machines", "name": "facts", "machine": "m"},
        {"kind": "tcp", "address": "127.0.0.1:1", "machine": "m", **AT},
        {"kind": "dns", "query": "a", "server": "10.96.0.10:53", "machine": "m", **AT},
    ]
    outputs = outputs_of([machine, *others], authority)
    down = Finding(healthy=False, detail="no answer", reachable=False)
    probed = [Probed(target, down, 1) for target in outputs.health_targets]
    assert explanation(probed[0], probed, outputs) is None
    assert [explanation(one, probed, outputs) for one in probed[1:]] == ["m cannot be reached"] * 3


def test_the_score_weighs_what_users_see() -> None:
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    from operations.health.report import HealthReport  # noqa: PLC0415

    def score(*checks: tuple[Status, float]) -> int:
        results = tuple(
            CheckResult(layer="l", name="n", kind="tcp", status=status, detail="", latency_ms=1, weight=weight)
            for status, weight in checks
        )
        endpoints = {"application": "a", "api": "b", "apiServer": "c"}
        return HealthReport.model_validate(
            {
                "environment": "e",
                "checkedAt": datetime.now(UTC),
                "seconds": 1,
                "endpoints": endpoints,
                "checks": results,
            }
        ).score

    assert score() == 0
    assert score((Status.HEALTHY, 1), (Status.HEALTHY, 5)) == 100
    assert score((Status.UNHEALTHY, 1), (Status.HEALTHY, 5)) == 83
    assert score((Status.HEALTHY, 1), (Status.SKIPPED, 5)) == 16
    assert score((Status.UNHEALTHY, 0.001), (Status.HEALTHY, 5)) == 99
