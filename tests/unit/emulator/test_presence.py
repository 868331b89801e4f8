"""Whether an emulated cloud is there, and that a lost one never leads to AWS itself."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from toolchain.emulator import life, presence
from toolchain.emulator.settings import CloudSettings
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = "cloudy"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CloudSettings:
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))
    directory = presence.directory(NAME)
    directory.mkdir(parents=True)
    made = CloudSettings(
        environment=NAME,
        cidr="172.31.66.0/24",
        port=4566,
        registry_port=5544,
        region="eu-central-1",
        machine_image="image",
        directory=str(directory),
        load_balancer_role="load_balancer",
        restricted=True,
    )
    made.save()
    return made


@pytest.fixture
def process(settings: CloudSettings) -> Iterator[subprocess.Popen[bytes]]:
    """A process that has the settings on its command line, as the cloud's has."""
    program = "print(flush=True); input()"
    running = subprocess.Popen(
        [sys.executable, "-c", program, str(settings.file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert running.stdout is not None
        running.stdout.readline()  # on a busy machine its command line is not there at once
        yield running
    finally:
        running.kill()
        running.wait()


def test_cloud_runs_as_long_as_its_process(settings: CloudSettings, process: subprocess.Popen[bytes]) -> None:
    (presence.directory(NAME) / "pid").write_text(str(process.pid))
    assert presence.running(NAME) == settings
    assert not presence.is_lost(NAME)
    process.kill()
    process.wait()
    assert presence.running(NAME) is None
    assert presence.is_lost(NAME)


def test_another_process_with_the_same_id_is_none(settings: CloudSettings) -> None:
    (presence.directory(settings.environment) / "pid").write_text(str(os.getpid()))
    assert presence.process_id(NAME) is None


def test_clients_of_a_lost_cloud_are_not_led_to_aws(settings: CloudSettings) -> None:
    variables = presence.variables(settings.environment)
    assert variables["AWS_ENDPOINT_URL"] == "https://172.31.66.1:4566"
    assert variables["AWS_ACCESS_KEY_ID"] == "test"


def test_there_are_no_variables_without_a_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))
    assert presence.variables(NAME) == {}
    assert not presence.is_lost(NAME)


def test_load_balancers_and_instances_never_take_the_same_address(settings: CloudSettings) -> None:
    assert settings.load_balancer_addresses[0] == "172.31.66.2"
    assert settings.instance_cidr == "172.31.66.128/25"


@pytest.mark.parametrize(
    ("cidr", "text"), [("172.31.66.1/24", "no network"), ("172.31.66.0/28", "has 16 addresses. It needs 32")]
)
def test_network_that_does_not_do_is_refused(
    cidr: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path))
    with pytest.raises(ToolchainError, match=text):
        life.start(NAME, cidr=cidr, port=4566, registry_port=5544, region="eu-central-1")
    assert not presence.directory(NAME).exists()


def test_engine_is_restricted_where_a_capability_is_missing(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("CapBnd:\t000001fffeffffff\n")
    assert life.engine_is_restricted(status)
    status.write_text("CapBnd:\t000001ffffffffff\n")
    assert not life.engine_is_restricted(status)
