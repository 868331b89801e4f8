"""What a person sees pass by in Pulumi's status column while an image is built: the CLI's own event log has it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.plugins.cases.conftest import bench
from tests.plugins.cases.docker_world import DockerWorld
from tests.plugins.cases.program import Program
from tests.plugins.docker.registry import Registry
from tests.plugins.docker.stack import LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

    from tests.plugins.cases.bench import Bench

__all__ = ["bench"]


@pytest.fixture
def world(api: docker.APIClient, image: str, tmp_path: Path) -> Iterator[DockerWorld]:
    made = DockerWorld(api, image, Registry("no.registry.test"), tmp_path, LABEL)
    yield made
    made.close()


def passing_lines(log: str) -> list[str]:
    found: list[dict[str, Any]] = [json.loads(line).get("diagnosticEvent") or {} for line in log.splitlines()]
    return [entry["message"] for entry in found if entry.get("ephemeral")]


@pytest.mark.parametrize("builder", ["BuilderBuildKit", "BuilderV1"])
def test_steps_of_a_build_pass_by(world: DockerWorld, bench: Bench, builder: str) -> None:
    name, image = world.variables["BUILT"], world.variables["IMAGE"]
    dockerfile = (
        f"FROM {image}\nLABEL {world.variables['LABEL']}\nRUN echo to be seen {world.name}; sleep 1\nRUN sleep 1\n"
    )
    world.prepare({"context": {"Dockerfile": dockerfile}})
    build = {"context": world.variables["CONTEXT"], "builderVersion": builder}
    properties = {"imageName": f"{name}:1", "skipPush": True, "build": build}
    bench.plugin.make_provider = world.provider
    bench.programs.serve(Program({"app": {"type": "docker:index/image:Image", "properties": properties}}, {}))
    done = bench.stack(world.environment, attach=world.package).run("up", [], bench.programs.address)
    assert done.code == 0, done.output
    lines = passing_lines(done.events.text)
    assert any(f"Building {name}:1" in line for line in lines), lines
    assert any("to be seen" in line or "RUN sleep" in line for line in lines), lines
