"""Each kind of health target against a real server of its kind, started in the test."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from typing import TYPE_CHECKING, Any

import asyncssh
import bcrypt
import httpx
import pytest
import yaml

from operations.health.check import check_once
from operations.health.outputs import Outputs, parse_outputs
from operations.health.probe_context import ProbeContext
from operations.health.report import CheckResult, HealthReport, Status
from toolchain.failure import ToolchainError
from toolchain.lookup import executable

from .servers import NAME, Answers, Authority, free_port, https, make_authority, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

PASSWORD = "correct-horse-battery-staple"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("other-pki"), days=3)


def _kubeconfig(address: str, authority: Authority) -> str:
    def data(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    user = {
        "client-certificate-data": data(authority.certificate_file),
        "client-key-data": data(authority.key_file),
    }
    cluster = {"server": f"https://{address}", "certificate-authority-data": data(authority.ca_file)}
    return yaml.safe_dump(
        {
            "current-context": "admin@unit",
            "contexts": [{"name": "admin@unit", "context": {"cluster": "unit", "user": "admin"}}],
            "clusters": [{"name": "unit", "cluster": cluster}],
            "users": [{"name": "admin", "user": user}],
        }
    )


def _outputs(targets: list[dict[str, Any]], authority: Authority, **more: Any) -> Outputs:  # noqa: ANN401
    content = {
        "kubeconfig": _kubeconfig("127.0.0.1:1", authority),
        "registry": {
            "address": "127.0.0.1:1",
            "name": f"{NAME}:5000",
            "username": "slipway",
            "password": PASSWORD,
            "caPem": authority.ca_pem,
        },
        "endpoints": {"application": "https://a", "api": "https://a/api/v1", "apiServer": "https://k"},
        "nodes": [],
        "ssh": {"user": "slipway", "privateKey": "none"},
        "healthTargets": targets,
    }
    return parse_outputs(json.dumps({**content, **more}), "unit")


def _kubectl() -> Path:
    return executable("kubectl")


async def _report(outputs: Outputs, *, timeout_seconds: float = 10) -> HealthReport:
    return await check_once(ProbeContext(outputs, timeout_seconds=timeout_seconds, kubectl=_kubectl), "unit")


async def _only(outputs: Outputs, *, timeout_seconds: float = 10) -> CheckResult:
    (result,) = (await _report(outputs, timeout_seconds=timeout_seconds)).checks
    return result


def _http(address: str, authority: Authority, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    target = {"kind": "http", "layer": "workload", "name": "page", "url": f"https://{NAME}:8443/", "address": address}
    return {**target, "serverName": NAME, "caPem": authority.ca_pem, **more}


@pytest.fixture
def page(authority: Authority) -> Iterator[tuple[str, Answers]]:
    answers = Answers({"/": (200, b"<h1>Catalogue</h1>"), "/moved": (301, b"")})
    with https(answers, authority) as address:
        yield address, answers


async def test_http_goes_to_the_address_under_the_public_name(page: tuple[str, Answers], authority: Authority) -> None:
    address, answers = page
    result = await _only(_outputs([_http(address, authority, contains="Catalogue", maxLatencyMs=5000)], authority))
    assert result.status is Status.HEALTHY, result.detail
    assert answers.asked == [(f"{NAME}:8443", "/")]


@pytest.mark.parametrize(
    ("expectation", "complaint"),
    [
        ({"status": 204}, "HTTP 200, expected 204"),
        ({"contains": "Shop"}, "does not contain 'Shop'"),
        ({"maxLatencyMs": 0.001}, "at most 0.001 ms"),
        ({"url": f"https://{NAME}:8443/moved"}, "HTTP 301"),
        ({"serverName": "else.localhost"}, "Hostname mismatch"),
    ],
)
async def test_http_that_is_not_as_expected(
    page: tuple[str, Answers], authority: Authority, expectation: dict[str, Any], complaint: str
) -> None:
    result = await _only(_outputs([_http(page[0], authority, **expectation)], authority))
    assert result.status is Status.UNHEALTHY
    assert complaint in result.detail


async def test_certificate_of_another_authority_is_refused(
    page: tuple[str, Answers], authority: Authority, stranger: Authority
) -> None:
    result = await _only(_outputs([_http(page[0], stranger)], authority))
    assert result.status is Status.UNHEALTHY
    assert "certificate verify failed" in result.detail


def _tls(address: str, authority: Authority) -> dict[str, Any]:
    target = {"kind": "tls", "layer": "gateway", "name": "gateway", "address": address, "minDays": 14}
    return {**target, "serverName": NAME, "caPem": authority.ca_pem}


async def test_tls_certificate_that_ends_soon_is_unhealthy(authority: Authority, stranger: Authority) -> None:
    with https(Answers({}), stranger) as soon, https(Answers({}), authority) as later:
        result = await _only(_outputs([_tls(soon, stranger)], authority))
        assert result.status is Status.UNHEALTHY
        assert "ends in 3.0 days, at least 14 expected" in result.detail
        assert (await _only(_outputs([_tls(later, authority)], authority))).status is Status.HEALTHY


class _Server(asyncssh.SSHServer):
    def __init__(self, key: asyncssh.SSHKey) -> None:
        self._key = key

    def begin_auth(self, username: str) -> bool:
        return username == "slipway"

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == "slipway" and key.public_data == self._key.public_data


@pytest.fixture
async def machine() -> AsyncIterator[tuple[dict[str, Any], dict[str, str]]]:
    """A real SSH server that runs the real command on this machine, and the outputs that lead to it."""
    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))

    async def handle(process: asyncssh.SSHServerProcess[bytes]) -> None:
        done = await asyncio.create_subprocess_shell(process.command or "false", stdout=-1, stderr=-1)
        out, err = await done.communicate()
        process.stdout.write(out)
        process.stderr.write(err)
        process.exit(done.returncode or 0)

    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Server(user_key),
        server_host_keys=[host_key],
        process_factory=handle,
        encoding=None,
    )
    node = {
        "name": "local-control-plane-1",
        "address": "127.0.0.1",
        "sshPort": server.get_port(),
        "user": "slipway",
        "hostKey": host_key.export_public_key().decode(),
        "pool": "control-plane",
        "roles": ["control-plane"],
    }
    yield node, {"user": "slipway", "privateKey": user_key.export_private_key().decode()}
    server.close()
    await server.wait_closed()


HOST = {"kind": "host", "layer": "machines", "name": "cp", "machine": "local-control-plane-1", "maxDiskPercent": 100}


async def test_host_tells_disk_and_clock(machine: tuple[dict[str, Any], dict[str, str]], authority: Authority) -> None:
    node, ssh = machine
    result = await _only(_outputs([HOST], authority, nodes=[node], ssh=ssh))
    assert result.status is Status.HEALTHY, result.detail
    assert "disk" in result.detail


async def test_host_with_another_host_key_is_refused(
    machine: tuple[dict[str, Any], dict[str, str]], authority: Authority
) -> None:
    node, ssh = machine
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    result = await _only(_outputs([HOST], authority, nodes=[{**node, "hostKey": other}], ssh=ssh))
    assert result.status is Status.UNHEALTHY
    assert "Host key is not trusted" in result.detail


async def test_host_that_is_not_in_the_outputs_is_unhealthy(authority: Authority) -> None:
    result = await _only(_outputs([HOST], authority))
    assert "no machine 'local-control-plane-1'" in result.detail


def _pod(name: str, *, ready: bool = True, restarts: int = 0) -> dict[str, Any]:
    status = "True" if ready else "False"
    return {
        "metadata": {"name": name, "ownerReferences": [{"kind": "ReplicaSet", "controller": True}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": status}],
            "containerStatuses": [{"restartCount": restarts}],
        },
    }


async def test_cluster_checks_use_the_client_certificate(authority: Authority) -> None:
    node = {
        "metadata": {"name": "n1"},
        "status": {
            "conditions": [{"type": "Ready", "status": "True"}],
            "allocatable": {"cpu": "2", "memory": "2048Mi"},
        },
    }
    answers = Answers(
        {
            "/readyz": (200, b"[+]ping ok\n[+]etcd ok\nreadyz check passed\n"),
            "/api/v1/nodes": (200, json.dumps({"items": [node]}).encode()),
            "/api/v1/namespaces/kube-system/pods": (200, json.dumps({"items": [_pod("dns", restarts=2)]}).encode()),
        }
    )
    targets = [
        {"kind": "apiServer", "layer": "cluster", "name": "API server"},
        {"kind": "nodes", "layer": "cluster", "name": "nodes", "expected": ["n1"]},
        {"kind": "pods", "layer": "cluster", "name": "system pods", "namespaces": ["kube-system"]},
    ]
    with https(answers, authority, client_certificates=True) as address:
        outputs = _outputs(targets, authority, kubeconfig=_kubeconfig(address, authority))
        report = await _report(outputs)
    assert report.healthy, report.checks
    assert [check.detail for check in report.checks] == [
        "ready, 2 checks passed",
        "n1 (2 cpu, 2048Mi)",
        "1 pods ready, 2 restarts",
    ]


async def test_api_server_that_is_down_explains_what_depends_on_it(authority: Authority) -> None:
    targets = [
        {"kind": "nodes", "layer": "cluster", "name": "nodes", "expected": ["n1"]},
        {"kind": "apiServer", "layer": "cluster", "name": "API server"},
        {
            "kind": "podExec",
            "layer": "cluster",
            "name": "dns",
            "namespace": "x",
            "selector": "a=b",
            "command": ["true"],
            "expect": "",
        },
    ]
    report = await _report(_outputs(targets, authority))
    by_name = {check.name: check for check in report.checks}
    assert by_name["API server"].status is Status.UNHEALTHY
    assert by_name["nodes"].detail == "skipped (because the API server is down)"
    assert by_name["dns"].status is Status.SKIPPED
    assert not report.healthy


async def test_probe_that_hangs_is_given_up_after_the_timeout(authority: Authority) -> None:
    silent = await asyncio.start_server(lambda _reader, _writer: asyncio.sleep(30), "127.0.0.1", 0)
    address = f"127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    try:
        result = await _only(_outputs([_http(address, authority)], authority), timeout_seconds=0.3)
    finally:
        silent.close()
    assert result.status is Status.UNHEALTHY
    assert result.latency_ms < 2000
    assert result.detail


def _executable(name: str) -> Path:
    try:
        return executable(name)
    except ToolchainError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[str]:
    """The real registry, with TLS and a login."""
    directory = tmp_path_factory.mktemp("registry")
    port = free_port()
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    (directory / "htpasswd").write_text(f"slipway:{hashed}\n")
    configuration = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(directory / "data")}, "delete": {"enabled": True}},
        "auth": {"htpasswd": {"realm": "unit", "path": str(directory / "htpasswd")}},
        "http": {
            "addr": f"127.0.0.1:{port}",
            "secret": "unit",
            "host": f"https://{NAME}:5000",
            "tls": {"certificate": str(authority.certificate_file), "key": str(authority.key_file)},
        },
    }
    (directory / "config.yml").write_text(yaml.safe_dump(configuration))
    command = [str(_executable("registry")), "serve", str(directory / "config.yml")]
    with running(command, port, {"PATH": os.defpath, "OTEL_TRACES_EXPORTER": "none"}, directory / "log"):
        yield f"127.0.0.1:{port}"


REGISTRY = {"kind": "registry", "layer": "registry", "name": "push and pull", "repository": "slipway/health"}


def _registry_output(address: str, authority: Authority, password: str = PASSWORD) -> dict[str, str]:
    login = {"username": "slipway", "password": password, "caPem": authority.ca_pem}
    return {"address": address, "name": f"{NAME}:5000", **login}


async def test_registry_takes_and_gives_back(registry: str, authority: Authority) -> None:
    outputs = _outputs([REGISTRY], authority, registry=_registry_output(registry, authority))
    for _ in range(2):
        result = await _only(outputs)
        assert result.status is Status.HEALTHY, result.detail
    async with httpx.AsyncClient(verify=False, auth=("slipway", PASSWORD)) as http:  # noqa: S501 - only counts tags
        tags = await http.get(f"https://{registry}/v2/slipway/health/tags/list")
    assert not tags.json().get("tags")


async def test_registry_with_another_password_is_refused(registry: str, authority: Authority) -> None:
    refused = _registry_output(registry, authority, password="wrong-password")
    result = await _only(_outputs([REGISTRY], authority, registry=refused))
    assert result.status is Status.UNHEALTHY
    assert "refuses the login" in result.detail
    assert "wrong-password" not in result.detail


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[str]:
    """The real product API on a real FerretDB."""
    from apps.api.catalogue.application import create_application  # noqa: PLC0415 - needs the group `api`
    from apps.api.catalogue.settings import Settings  # noqa: PLC0415

    directory = tmp_path_factory.mktemp("ferretdb")
    (directory / "data").mkdir()
    port = free_port()
    environment = {
        "FERRETDB_HANDLER": "sqlite",
        "FERRETDB_SQLITE_URL": f"file:{directory}/data/",
        "FERRETDB_STATE_DIR": "-",
        "FERRETDB_TELEMETRY": "disable",
        "FERRETDB_DEBUG_ADDR": "-",
        "FERRETDB_LISTEN_ADDR": f"127.0.0.1:{port}",
        "FERRETDB_LOG_LEVEL": "error",
    }
    with running([str(_executable("ferretdb"))], port, environment, directory / "log"):
        application = create_application(Settings(database_port=port, seed=False))
        with https(application, authority) as address:
            yield address


async def test_document_is_written_read_and_removed(api: str, authority: Authority) -> None:
    target = {"kind": "document", "layer": "workload", "name": "document", "url": f"https://{NAME}:8443/api/v1"}
    target |= {"address": api, "serverName": NAME, "caPem": authority.ca_pem}
    outputs = _outputs([target], authority)
    context = ProbeContext(outputs, timeout_seconds=20, kubectl=_kubectl)
    # The service prepares its database in the background.
    for _ in range(20):
        (result,) = (await check_once(context, "unit")).checks
        if result.status is Status.HEALTHY:
            break
    assert result.detail == "written, read back equal, removed"
    async with httpx.AsyncClient(verify=False) as http:  # noqa: S501 - only counts what is left
        left = await http.get(f"https://{api}/api/v1/products", headers={"Host": NAME})
    assert left.json()["total"] == 0


async def test_document_is_unhealthy_when_the_api_answers_otherwise(authority: Authority) -> None:
    target = {"kind": "document", "layer": "workload", "name": "document", "url": f"https://{NAME}:8443/api/v1"}
    with https(Answers({"/api/v1/products": (503, b"no database")}), authority) as address:
        target |= {"address": address, "serverName": NAME, "caPem": authority.ca_pem}
        result = await _only(_outputs([target], authority))
    assert result.status is Status.UNHEALTHY
    assert result.detail == "writing: HTTP 503: no database"
