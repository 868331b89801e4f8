"""A whole environment, end to end: up, used, broken, mended, scaled, and away again.

Real machines, real kubelets, a real browser; nothing in here is replaced by a double.
"""

from __future__ import annotations

import json
import subprocess
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from bench.load import summary
from tests.e2e import catalogue_api
from tests.e2e.catalogue_page import drive_catalogue
from tests.e2e.environment import NAME, PORTS, PUBLIC_NAME, EndToEnd, owned
from tests.e2e.report_page import look_at_report
from tests.failures import broken
from tests.failures.steady_load import RATE, roll, steady_load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

CONNECT = """
import socket, sys
for target in sys.argv[1:]:
    host, port = target.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=4).close()
    except OSError as error:
        print("refused", error)
    else:
        print("connected")
"""


def test_up_ends_healthy_in_every_layer(environment: EndToEnd) -> None:
    report = environment.slipway("health", NAME, "--json")
    assert report.returncode == 0, report.stdout
    checks = json.loads(report.stdout)["checks"]
    assert {check["status"] for check in checks} == {"healthy"}
    assert {check["layer"] for check in checks} == {"machines", "registry", "cluster", "gateway", "workload"}


def test_nodes_offer_exactly_their_declared_size(environment: EndToEnd) -> None:
    declared = {
        node["name"]: (str(node["cpu"]), node["memoryMib"] * 1024)
        for node in environment.outputs["nodes"]
        if "load-balancer" not in node["roles"]
    }
    listed = json.loads(environment.kubectl("get", "nodes", "-o", "json"))["items"]
    offered = {node["metadata"]["name"]: _allocatable(node) for node in listed}
    assert offered == declared


def test_page_works_in_a_real_browser(environment: EndToEnd, tmp_path: Path) -> None:
    drive_catalogue(
        environment.outputs["endpoints"]["application"],
        ignore_https_errors=True,
        host_resolver_rules=f"MAP {PUBLIC_NAME} 127.0.0.1",
        screenshot=tmp_path / "page.png",
    )


def test_http_redirects_to_https() -> None:
    answer = httpx.get(
        f"http://127.0.0.1:{PORTS['http']}/", headers={"Host": f"{PUBLIC_NAME}:{PORTS['http']}"}, timeout=10
    )
    assert answer.status_code == httpx.codes.MOVED_PERMANENTLY
    assert answer.headers["location"] == f"https://{PUBLIC_NAME}:{PORTS['https']}/"


def test_only_the_api_reaches_the_database(environment: EndToEnd) -> None:
    """The API's own pods are the positive control: the very same probe connects from there."""
    # Each tier is asked for the others only: a pod may always talk to itself, and a Service may well lead it there.
    from_api = _probe_from_api(environment, "database:27017", "frontend:80")
    from_frontend = _probe_from_frontend(environment, "database:27017", "api:80")
    assert [answer.split()[0] for answer in from_api] == ["connected", "refused"]
    assert [answer.split()[0] for answer in from_frontend] == ["refused", "refused"]


def test_kube_proxy_reads_back_what_it_wrote(environment: EndToEnd) -> None:
    """Where nft lists protocols as numbers, kube-proxy's full sync an hour after its start removes every Service."""
    selector = "--selector=k8s-app=kube-proxy"
    pod = environment.kubectl("-n", "kube-system", "get", "pods", selector, "-o", "name").split()[0]
    listing = ("nft", "--json", "list", "map", "ip", "kube-proxy", "service-nodeports")
    listed = json.loads(environment.kubectl("-n", "kube-system", "exec", pod, "--", *listing))
    [elements] = [entry["map"]["elem"] for entry in listed["nftables"] if "map" in entry]
    assert {tuple(key["concat"]) for key, _ in elements} >= {("tcp", 30080), ("tcp", 30443), ("tcp", 30900)}


def test_up_again_changes_nothing(environment: EndToEnd) -> None:
    environment.up()
    assert set(_last_changes(environment)) <= {"same"}


def test_report_shows_the_environment_in_a_real_browser(environment: EndToEnd, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    done = environment.slipway("report", NAME, "--output", str(page))
    assert done.returncode == 0, done.stdout
    look_at_report(page, [node["name"] for node in environment.outputs["nodes"]])


def test_a_rolling_update_under_load_loses_no_request(environment: EndToEnd) -> None:
    with steady_load(environment) as entries:
        roll(environment, "catalogue", "frontend", "api")
    assert len(entries) > 5 * RATE
    assert summary(entries)["causes"] == {}


def test_a_broken_route_is_named_beside_what_it_breaks(environment: EndToEnd) -> None:
    with broken.broken_route(environment, "api"):
        report = broken.wait_until_unhealthy(environment, "route to api", "API")
    assert "nowhere" in broken.detail(report, "route to api")
    assert report["score"] < 100
    broken.wait_until_healthy(environment)


def test_document_survives_a_deleted_pod_and_a_restarted_node(environment: EndToEnd) -> None:
    with catalogue_api.client(environment) as api:
        written = catalogue_api.write_product(api)
        environment.kubectl("-n", "catalogue", "delete", "pod", "database-0", "--wait=true")
        _eventually(lambda: _reads(api, written), "the document after its pod was deleted")
        machine = f"slipway-{NAME}-database-0"
        subprocess.run(["docker", "stop", machine], check=True, capture_output=True)
        subprocess.run(["docker", "start", machine], check=True, capture_output=True)
        _eventually(lambda: _reads(api, written), "the document after its node was restarted")


def test_scaling_a_pool_adds_one_node_and_runs_on_no_other_worker(environment: EndToEnd) -> None:
    before = _container_ids()
    environment.general_size = 3
    environment.write_file()
    environment.up()
    assert environment.nodes().get("general-2") == "True"
    after = _container_ids()
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {f"slipway-{NAME}-general-2"}


def test_a_machine_deleted_behind_our_back_comes_back(environment: EndToEnd) -> None:
    subprocess.run(["docker", "rm", "--force", "--volumes", f"slipway-{NAME}-general-2"], check=True)
    environment.up()
    _eventually(lambda: environment.nodes().get("general-2") == "True", "the node after its machine was deleted")


def test_leaving_machine_is_drained_and_forgotten(environment: EndToEnd) -> None:
    environment.general_size = 2
    environment.write_file()
    environment.up()
    assert "general-2" not in environment.nodes()
    assert f"slipway-{NAME}-general-2" not in _container_ids()


def test_the_only_control_plane_comes_back_with_its_cluster(environment: EndToEnd) -> None:
    with catalogue_api.client(environment) as api:
        written = catalogue_api.write_product(api)
        subprocess.run(["docker", "rm", "--force", "--volumes", f"slipway-{NAME}-control-plane-0"], check=True)
        environment.up()
        assert environment.nodes().get("control-plane-0") == "True"
        _eventually(lambda: _reads(api, written), "the document after the control plane was deleted")


def test_one_control_plane_becomes_three(environment: EndToEnd) -> None:
    environment.control_planes = 3
    environment.write_file()
    environment.up()
    assert _control_planes(environment) == {f"control-plane-{index}": "True" for index in range(3)}


def test_the_api_server_outlives_its_first_machine_which_comes_back(environment: EndToEnd) -> None:
    subprocess.run(["docker", "rm", "--force", "--volumes", f"slipway-{NAME}-control-plane-0"], check=True)
    _eventually(lambda: "general-0" in environment.kubectl("get", "nodes", check=False), "an answer of the others")
    environment.up()
    assert _control_planes(environment) == {f"control-plane-{index}": "True" for index in range(3)}


def test_three_control_planes_become_one_and_nothing_is_lost(environment: EndToEnd) -> None:
    with catalogue_api.client(environment) as api:
        written = catalogue_api.write_product(api)
        environment.control_planes = 1
        environment.write_file()
        environment.up()
        assert _control_planes(environment) == {"control-plane-0": "True"}
        _eventually(lambda: _reads(api, written), "the document after two control planes left")


def test_down_leaves_nothing(environment: EndToEnd) -> None:
    done = environment.slipway("destroy", NAME, "--yes")
    assert done.returncode == 0, done.stdout
    assert owned() == []
    listed = json.loads(environment.slipway("list", "--json").stdout)
    assert NAME not in json.dumps(listed)


def _control_planes(environment: EndToEnd) -> dict[str, str]:
    return {name: ready for name, ready in environment.nodes().items() if name.startswith("control-plane-")}


def _allocatable(node: dict[str, Any]) -> tuple[str, int]:
    offered = node["status"]["allocatable"]
    units = {"Ki": 1, "Mi": 1024, "Gi": 1024 * 1024}
    memory = offered["memory"]
    return offered["cpu"], int(memory[:-2]) * units[memory[-2:]]


def _probe_from_api(environment: EndToEnd, *targets: str) -> list[str]:
    pod = environment.pods("api")[0]
    return environment.kubectl("-n", "catalogue", "exec", pod, "--", "python3", "-c", CONNECT, *targets).splitlines()


def _probe_from_frontend(environment: EndToEnd, *targets: str) -> list[str]:
    """Open connections inside a frontend pod; it has no shell, so a container of the API's image joins it."""
    image = environment.kubectl(
        "-n", "catalogue", "get", "deployment", "api", "-o", "jsonpath={.spec.template.spec.containers[0].image}"
    )
    pod = environment.pods("frontend")[0]
    environment.kubectl(
        "-n", "catalogue", "debug", pod, f"--image={image}", "--profile=restricted", "--container=probe",
        "--attach=false", "--", "python3", "-c", CONNECT, *targets,
    )  # fmt: skip
    answers: list[str] = []

    def all_answered() -> bool:
        answers[:] = environment.kubectl("-n", "catalogue", "logs", pod, "-c", "probe", check=False).splitlines()
        return len(answers) == len(targets)

    _eventually(all_answered, "the answers of the probe in the frontend's pod")
    return answers


def _last_changes(environment: EndToEnd) -> dict[str, int]:
    variables = environment.slipway("env", NAME).stdout
    script = f"{variables}\npulumi stack history --json --page-size 1 --stack {NAME}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    changes: dict[str, int] = json.loads(done.stdout)[0]["resourceChanges"]
    return changes


def _container_ids() -> dict[str, str]:
    label = f"label=io.slipway.environment={NAME}"
    form = "{{.Names}} {{.ID}}"
    done = subprocess.run(
        ["docker", "ps", "-a", "--filter", label, "--format", form], capture_output=True, text=True, check=True
    )
    return dict(line.split() for line in done.stdout.splitlines())


def _reads(api: httpx.Client, written: dict[str, Any]) -> bool:
    try:
        answer = api.get(f"products/{written['id']}")
    except httpx.TransportError:
        return False
    return bool(answer.status_code == httpx.codes.OK and answer.json()["sku"] == written["sku"])


def _eventually(condition: Callable[[], bool], what: str, seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(1)
