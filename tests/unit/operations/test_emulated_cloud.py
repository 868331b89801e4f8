"""Whether `up` starts an emulated cloud: one of its own, or none where the user keeps one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from rich.console import Console

from operations import emulated_cloud
from stacks.settings import load_file
from toolchain.emulator import life

if TYPE_CHECKING:
    from pathlib import Path

    from stacks.settings import Settings

NAME = "cloudy"
ENDPOINT = "https://172.31.66.1:4570"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    keys: dict[str, Any] = {
        "place": "aws",
        "aws": {"adminCidrs": ["172.31.66.0/24"], "emulator": {"network": "172.31.66.0/24", "port": 4570}},
        "controlPlane": {"instanceType": "t3.medium"},
        "pools": [{"name": name, "size": 1, "instanceType": "t3.medium"} for name in ("general", "database")],
    }
    file = tmp_path / f"Pulumi.{NAME}.yaml"
    file.write_text(yaml.safe_dump({"config": {f"slipway:{key}": value for key, value in keys.items()}}))
    return load_file(file)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each start of a cloud was told."""
    told: list[dict[str, Any]] = []

    def start(environment: str, **settings: Any) -> life.CloudStatus:  # noqa: ANN401 - as it is called
        told.append(settings)
        return life.CloudStatus(environment=environment, running=True)

    monkeypatch.setattr(life, "start", start)
    return told


@pytest.mark.parametrize("leads_to", ["", "https://172.31.66.1:4571"])
def test_an_environment_gets_a_cloud_of_its_own(
    settings: Settings, started: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch, leads_to: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", leads_to)
    emulated_cloud.bring(NAME, settings, Console(quiet=True))
    assert [(each["cidr"], each["port"]) for each in started] == [("172.31.66.0/24", 4570)]


def test_a_cloud_that_the_user_keeps_at_that_address_is_left_alone(
    settings: Settings, started: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", ENDPOINT)
    emulated_cloud.bring(NAME, settings, Console(quiet=True))
    emulated_cloud.remove(NAME)
    assert started == []
