"""Registry and document targets against a real registry and the real API."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import bcrypt
import httpx
import pytest
import yaml

from operations.health.check import check_once
from operations.health.probe_context import ProbeContext
from operations.health.report import Status
from toolchain.failure import ToolchainError
from toolchain.lookup import executable

from .health_stack import PASSWORD, kubectl, only_result, outputs_of
from .servers import NAME, Answers, Authority, free_port, https, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    outputs = outputs_of([REGISTRY], authority, registry=_registry_output(registry, authority))
    for _ in range(2):
        result = await only_result(outputs)
        assert result.status is Status.HEALTHY, result.detail
    async with httpx.AsyncClient(verify=False, auth=("slipway", PASSWORD)) as http:  # noqa: S501 - only counts tags
        tags = await http.get(f"https://{registry}/v2/slipway/health/tags/list")
    assert not tags.json().get("tags")


async def test_registry_with_another_password_is_refused(registry: str, authority: Authority) -> None:
    refused = _registry_output(registry, authority, password="wrong-password")
    result = await only_result(outputs_of([REGISTRY], authority, registry=refused))
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
    outputs = outputs_of([target], authority)
    context = ProbeContext(outputs, timeout_seconds=20, kubectl=kubectl)
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
        result = await only_result(outputs_of([target], authority))
    assert result.status is Status.UNHEALTHY
    assert result.detail == "writing: HTTP 503: no database"
