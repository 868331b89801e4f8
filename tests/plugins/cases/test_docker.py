"""Every case of ``docker/``: a program, the real CLI, container engine and registry, and what must come of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import docker
import pytest

from tests.plugins.cases.case import ROOT, case_files, load_case
from tests.plugins.cases.docker_world import DockerWorld
from tests.plugins.cases.run_case import Play
from tests.plugins.docker.conftest import build_image, busybox, clean
from tests.plugins.docker.registry import running_registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.plugins.cases.bench import Bench
    from tests.plugins.docker.registry import Registry

__all__ = ["busybox"]
_FOLDER = "docker"
# Workers share the engine, and each one cleans up after itself only.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "only")
_LABEL = f"io.slipway.environment=dockercases-{_WORKER}"
_IMAGE = f"slipway-dockertest/cases-{_WORKER}:1"


@pytest.fixture(scope="session")
def api() -> Iterator[docker.APIClient]:
    client = docker.APIClient(version="auto")
    clean(client, _LABEL)
    yield client
    clean(client, _LABEL)
    client.close()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def world(api: docker.APIClient, busybox: Path, registry: Registry, tmp_path: Path) -> Iterator[DockerWorld]:
    build_image(api, busybox, _IMAGE, _LABEL)  # cached after the first time; a case may have removed the name
    made = DockerWorld(api, _IMAGE, registry, tmp_path, _LABEL)
    yield made
    made.close()


@pytest.mark.parametrize(
    "path", case_files(_FOLDER), ids=lambda path: str(path.relative_to(ROOT / _FOLDER).with_suffix(""))
)
def test_case(path: Path, world: DockerWorld, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    case = load_case(path, world.variables)
    for key, value in {**world.environment, **case.environment}.items():
        monkeypatch.setenv(key, value)  # the plugin of most cases lives in this process
    world.prepare(case.world)
    if wrong := Play(case, world, bench).run():
        pytest.fail(wrong, pytrace=False)
