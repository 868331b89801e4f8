"""Every case of ``docker/``: a program, the real CLI, container engine and registry, and what must come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.plugins.cases.case import ROOT, case_files, load_case
from tests.plugins.cases.docker_world import DockerWorld
from tests.plugins.cases.run_case import Play
from tests.plugins.docker.conftest import api, busybox, image
from tests.plugins.docker.registry import running_registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

    from tests.plugins.cases.bench import Bench
    from tests.plugins.docker.registry import Registry

__all__ = ["api", "busybox", "image"]
_FOLDER = "docker"
# The tests of this engine share names and one clean-up.
pytestmark = pytest.mark.xdist_group("docker-plugin")


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def world(api: docker.APIClient, image: str, registry: Registry, tmp_path: Path) -> Iterator[DockerWorld]:
    made = DockerWorld(api, image, registry, tmp_path)
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
