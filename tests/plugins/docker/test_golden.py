"""Each golden file's program through the real CLI: the checkpoint's entry must be the official one, field by field.

Further claims of each file: a second update changes nothing, and no secret stands anywhere in the clear.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from plugins.rpc.values import Secret
from tests.plugins.cases.conftest import bench
from tests.plugins.cases.docker_world import DockerWorld
from tests.plugins.cases.matching import mismatches
from tests.plugins.cases.program import Program
from tests.plugins.cases.secret_search import leaks
from tests.plugins.cases.tags import CaseLoader, fill_in
from tests.plugins.docker.registry import running_registry
from tests.plugins.docker.stack import LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    import docker

    from tests.plugins.cases.bench import Bench
    from tests.plugins.docker.registry import Registry

__all__ = ["bench"]
FILES = sorted((Path(__file__).parent / "golden").glob("*.yaml"))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def world(api: docker.APIClient, image: str, registry: Registry, tmp_path: Path) -> Iterator[DockerWorld]:
    made = DockerWorld(api, image, registry, tmp_path, LABEL)
    yield made
    made.close()


def whole(expected: Any, actual: Any, path: str) -> list[str]:  # noqa: ANN401 - any part of a state
    """Return the keys that only one of both has, at every depth that ``expected`` writes out."""
    if isinstance(expected, Secret) and isinstance(actual, Secret):
        return whole(expected.value, actual.value, path)
    if isinstance(expected, list) and isinstance(actual, list):
        pairs = enumerate(zip(expected, actual, strict=False))
        return [line for at, (one, other) in pairs for line in whole(one, other, f"{path}[{at}]")]
    if not isinstance(expected, dict) or not isinstance(actual, dict):
        return []
    different = [
        f"{path}.{key}: only one of golden file and checkpoint has it" for key in expected.keys() ^ actual.keys()
    ]
    return different + [
        line for key in expected.keys() & actual for line in whole(expected[key], actual[key], f"{path}.{key}")
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_checkpoint_is_the_official_one(
    path: Path, world: DockerWorld, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden = fill_in(yaml.load(path.read_text(), Loader=CaseLoader), world.variables)  # noqa: S506 - a safe loader
    world.prepare({"context": golden.get("context", {})})
    for key, value in world.environment.items():
        monkeypatch.setenv(key, value)
    bench.plugin.make_provider = world.provider
    bench.programs.serve(Program(golden["program"], {}))
    stack = bench.stack(world.environment, attach=world.package)
    done = stack.run("up", [], bench.programs.address)
    assert done.code == 0, done.output
    checkpoint = stack.checkpoint()
    entry = checkpoint.named(golden.get("resource") or next(iter(golden["program"]))) or {}
    found = {key: entry.get(key) for key in ("id", "inputs", "outputs")}
    assert mismatches(golden["entry"], found, "") + whole(golden["entry"], found, "") == []
    assert (
        leaks([golden["program"]], {"checkpoint": checkpoint.text, "output": done.output, "events": done.events.text})
        == []
    )
    again = stack.run("up", ["--expect-no-changes"], bench.programs.address)
    assert again.code == 0, again.output
    assert stack.run("destroy", [], "").code == 0


def test_every_covered_type_has_a_golden_file() -> None:
    assert {path.stem for path in FILES} == {
        "container",
        "image",
        "network",
        "registry_image",
        "remote_image",
        "tag",
        "volume",
    }
