"""Outputs of a stack that the tests of health probes make up, and the check of them.

It starts no server; each test file does.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import yaml

from operations.health.check import check_once
from operations.health.outputs import Outputs, parse_outputs
from operations.health.probe_context import ProbeContext
from toolchain.lookup import executable

from .servers import NAME, Authority

if TYPE_CHECKING:
    from pathlib import Path

    from operations.health.report import CheckResult, HealthReport

PASSWORD = "correct-horse-battery-staple"


def kubeconfig(address: str, authority: Authority) -> str:
    """Return a kubeconfig whose client is the authority's own certificate."""

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


def outputs_of(targets: list[dict[str, Any]], authority: Authority, **more: Any) -> Outputs:  # noqa: ANN401
    """Return outputs with these targets; nothing else in them answers unless it is given."""
    content = {
        "kubeconfig": kubeconfig("127.0.0.1:1", authority),
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


def kubectl() -> Path:
    """Return the toolchain's kubectl."""
    return executable("kubectl")


async def report_on(outputs: Outputs, *, timeout_seconds: float = 10) -> HealthReport:
    """Check once."""
    return await check_once(ProbeContext(outputs, timeout_seconds=timeout_seconds, kubectl=kubectl), "unit")


async def only_result(outputs: Outputs, *, timeout_seconds: float = 10) -> CheckResult:
    """Check the only target."""
    (result,) = (await report_on(outputs, timeout_seconds=timeout_seconds)).checks
    return result


def http_target(address: str, authority: Authority, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a target of kind `http` at a loopback address under the public name."""
    target = {"kind": "http", "layer": "workload", "name": "page", "url": f"https://{NAME}:8443/", "address": address}
    return {**target, "serverName": NAME, "caPem": authority.ca_pem, **more}
