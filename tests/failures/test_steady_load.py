"""Planned changes lose no request of a steady load, and slipway's prober counts what others count."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from bench.load import summary
from tests.e2e.environment import NAME
from tests.failures import broken
from tests.failures.steady_load import RATE, roll, steady_load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.environment import EndToEnd


def test_a_rolling_update_of_frontend_and_api_loses_no_request(environment: EndToEnd) -> None:
    with steady_load(environment) as entries:
        roll(environment, "catalogue", "frontend", "api")
    assert len(entries) > 10 * RATE
    assert summary(entries)["causes"] == {}


def test_a_rolling_update_of_the_gateway_loses_no_request(environment: EndToEnd) -> None:
    with steady_load(environment) as entries:
        roll(environment, "slipway-gateway", "traefik")
    assert len(entries) > 10 * RATE
    assert summary(entries)["causes"] == {}


def test_replacing_every_machine_of_a_pool_loses_no_request(environment: EndToEnd) -> None:
    before = {node["name"]: _identity(environment, node["name"]) for node in environment.outputs["nodes"]}
    with steady_load(environment) as entries:
        done = environment.slipway("up", environment.name, "--replace", "general", "--json")
    assert done.returncode == 0, done.stdout
    result = json.loads(done.stdout)
    assert summary(entries)["causes"] == {}
    assert result["availability"]["failures"] == 0
    assert result["availability"]["reason"] == "up --replace general"
    after = {name: _identity(environment, name) for name in before}
    assert {name for name in before if after[name] != before[name]} == {"general-0", "general-1"}


def test_the_prober_counts_what_the_api_itself_has_logged(environment: EndToEnd, tmp_path: Path) -> None:
    """The access log of the API is the other record: made by other code on the other side, request by request."""
    broken.wait_until_healthy(environment)
    endpoint = environment.outputs["slo"]["endpoints"][1]
    asked = {**endpoint, "url": endpoint["url"].partition("/products")[0] + "/tags"}  # nobody else asks for this
    endpoints = [{**asked, "name": str(number)} for number in range(8)]
    with _logs(environment) as logged, _prober(endpoints, tmp_path) as record:
        time.sleep(15)
        with broken.database_down(environment):
            time.sleep(15)
        time.sleep(15)
    served = record["requests"] - record["failures"]
    assert served > 1000
    assert record["failures"] > 100, record["causes"]
    # What failed is in no log of the API: the gateway answers while no pod is ready.
    assert sum(line.get("path") == "/api/v1/tags" and line["status"] == 200 for line in logged) == pytest.approx(
        served, rel=0.001
    )


def test_exchanging_a_pool_for_one_with_another_name_loses_no_request(environment: EndToEnd) -> None:
    """The last test: the pool has the other name then."""
    if environment.name != NAME:
        pytest.skip("it changes the environment's file, which is somebody's own")
    broken.wait_until_healthy(environment)
    environment.general_name = "fresh"
    environment.write_file()
    with steady_load(environment, min(RATE, 40)) as entries:  # two machines start and two go beside it
        done = environment.slipway("up", environment.name, "--json")
    assert done.returncode == 0, done.stdout
    assert summary(entries)["causes"] == {}
    assert json.loads(done.stdout)["availability"]["failures"] == 0
    assert environment.nodes().keys() == {"control-plane-0", "database-0", "fresh-0", "fresh-1"}


@contextmanager
def _prober(endpoints: list[dict[str, Any]], directory: Path) -> Iterator[dict[str, Any]]:
    record: dict[str, Any] = {}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "operations.availability.prober"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    order = {"endpoints": endpoints, "directory": str(directory), "reason": "test"}
    assert process.stdin is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    try:
        yield record
    finally:
        printed, _ = process.communicate(timeout=30)
    record.update(json.loads(printed))


@contextmanager
def _logs(environment: EndToEnd) -> Iterator[list[dict[str, Any]]]:
    lines: list[dict[str, Any]] = []
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    yield lines
    time.sleep(2)
    for pod in environment.pods("api"):
        said = environment.kubectl("-n", "catalogue", "logs", pod, f"--since-time={began}").splitlines()
        lines.extend(json.loads(line) for line in said if line.startswith("{"))


def _identity(environment: EndToEnd, machine: str) -> str:
    container = f"slipway-{environment.name}-{machine}"
    done = subprocess.run(["docker", "inspect", "-f", "{{.Id}}", container], capture_output=True, text=True, check=True)
    return done.stdout.strip()
