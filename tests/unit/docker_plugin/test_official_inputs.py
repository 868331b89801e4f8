"""The tables of inputs against the official schema: the same names, the same ones required, the same ones that replace.

What a replacement does to a real object is tested with the engine, in tests/plugins/docker.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from plugins.docker import image
from plugins.docker.bridged import BridgedResource
from plugins.docker.container_schema import SCHEMA as CONTAINER
from plugins.docker.provider import RESOURCES
from plugins.docker.schema_diff import diff

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from plugins.docker.schema import Schema
    from plugins.rpc.schema import Property

OFFICIAL: dict[str, dict[str, list[str]]] = yaml.safe_load(Path(__file__).with_name("official_inputs.yaml").read_text())
BRIDGED = sorted(set(OFFICIAL) - {"Image"})


def schema_of(kind: str) -> Schema:
    implementation: Any = RESOURCES[f"docker:index/{kind[0].lower()}{kind[1:]}:{kind}"]
    assert issubclass(implementation, BridgedResource)
    schema: Schema = implementation.schema
    return schema


def named(fields: Mapping[str, Property], path: str = "") -> Iterator[tuple[str, Property]]:
    for key, item in fields.items():
        yield f"{path}{key}", item
        inside = item.element if item.element and item.element.kind == "object" else item
        yield from named(inside.fields, f"{path}{key}.")


def refused(kind: str) -> set[str]:
    return {name for name, item in named(schema_of(kind).properties) if not item.supported}


def within(name: str, names: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in names)


@pytest.mark.parametrize("kind", BRIDGED)
def test_inputs_are_the_official_ones(kind: str) -> None:
    official = {
        name for name in [*OFFICIAL[kind]["replace"], *OFFICIAL[kind]["stay"]] if not within(name, refused(kind))
    }
    assert {name for name, item in named(schema_of(kind).properties) if item.supported} == official


@pytest.mark.parametrize("kind", BRIDGED)
def test_required_inputs_and_further_outputs_are_the_official_ones(kind: str) -> None:
    schema = schema_of(kind)
    assert sorted(name for name, item in schema.properties.items() if item.required) == OFFICIAL[kind]["required"]
    assert sorted(schema.outputs) == OFFICIAL[kind]["outputs"]


@pytest.mark.parametrize("kind", BRIDGED)
def test_top_level_inputs_that_replace_are_the_official_ones(kind: str) -> None:
    official = {name for name in OFFICIAL[kind]["replace"] if "." not in name}
    assert {name for name, item in schema_of(kind).properties.items() if item.replaces} == official


@pytest.mark.parametrize("kind", BRIDGED)
def test_fields_that_replace_on_their_own_are_the_official_ones(kind: str) -> None:
    """Fields count where the object around them does not replace anyway: of a build, and of a cluster volume."""
    schema = schema_of(kind)
    around = {name for name, item in schema.properties.items() if item.replaces}
    left_out = around | refused(kind)
    official = {name for name in OFFICIAL[kind]["replace"] if "." in name and not within(name, left_out)}
    ours = {name for name, item in named(schema.properties) if "." in name and item.replaces}
    assert {name for name in ours if not within(name, left_out)} == official


def test_image_takes_the_official_inputs_and_never_replaces() -> None:
    assert {name for name in OFFICIAL["Image"]["stay"] if "." not in name} == image.INPUTS
    assert OFFICIAL["Image"]["replace"] == []


def test_a_changed_field_of_a_build_replaces_and_another_does_not() -> None:
    schema = schema_of("RegistryImage")
    old = {"name": "r/i:1", "build": {"context": ".", "dockerfile": "A", "tags": ["a"], "label": {"a": "b"}}}
    replaced = diff(schema, old, {**old, "build": {**old["build"], "dockerfile": "B"}})  # type: ignore[dict-item]
    assert (list(replaced.detailed), list(replaced.replaces)) == (["build.dockerfile"], ["build"])
    changed = diff(schema, old, {**old, "build": {**old["build"], "tags": ["a", "b"]}})  # type: ignore[dict-item]
    assert (list(changed.detailed), list(changed.replaces)) == (["build.tags[1]"], [])
    assert list(diff(schema, old, {"name": "r/i:1"}).replaces) == ["build"]


def test_availability_of_a_cluster_volume_changes_in_place() -> None:
    schema = schema_of("Volume")
    old = {"name": "v", "cluster": {"scope": "single", "availability": "active"}}
    drained = diff(schema, old, {"name": "v", "cluster": {"scope": "single", "availability": "drain"}})
    assert (list(drained.detailed), list(drained.replaces)) == (["cluster.availability"], [])
    shared = diff(schema, old, {"name": "v", "cluster": {"scope": "multi", "availability": "active"}})
    assert list(shared.replaces) == ["cluster"]


def test_one_input_more_than_the_number_that_the_documentation_names_would_be_noticed() -> None:
    assert len([item for item in CONTAINER.properties.values() if item.replaces]) == 48
