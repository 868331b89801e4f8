"""docs/environments.md says what the models say: every key, its default and its limits; and its example is real."""

from __future__ import annotations

import json
import re
import textwrap
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from stacks.addresses import POOLS
from stacks.settings import Settings, SettingsError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = (Path(__file__).parents[3] / "docs" / "environments.md").read_text()
ROW = re.compile(
    r"^\| `(?P<key>[A-Za-z.\[\]]+)` \| (?P<default>.*?) \| (?P<limits>.*?) ?\| (?P<meaning>.+) \|$", re.MULTILINE
)


def _rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    properties = model.model_json_schema(by_alias=True)["properties"]
    for field in model.model_fields.values():
        key = f"{prefix}{field.alias}"
        inner = [kind for kind in (field.annotation, *typing.get_args(field.annotation)) if _is_model(kind)]
        is_list = typing.get_origin(field.annotation) is list
        if not inner or is_list:
            yield key, _default(field), "1 to 15 pools" if key == "pools" else _limits(properties[field.alias])
        if inner:
            yield from _rows(inner[0], f"{key}[]." if is_list else f"{key}.")


def _is_model(kind: Any) -> bool:  # noqa: ANN401 - any annotation
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _default(field: Any) -> str:  # noqa: ANN401 - pydantic's FieldInfo
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "required"
    return "none" if value is None else f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _limits(schema: dict[str, Any]) -> str:
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']}"
    choices = [schema["const"]] if "const" in schema else schema.get("enum", [])
    return " or ".join(f"`{choice}`" for choice in choices)


def test_table_says_what_the_models_say() -> None:
    documented = [(row["key"], row["default"], row["limits"]) for row in ROW.finditer(TEXT)]

    assert documented == list(_rows(Settings))
    assert POOLS == 15


def test_example_of_mistakes_is_what_people_get() -> None:
    written = TEXT.partition("This file\n")[2]
    file, _, rest = written.partition("\ngets\n")
    entries = yaml.safe_load(textwrap.dedent(file))["config"]

    with pytest.raises(SettingsError) as caught:
        parse(entries, "environments/Pulumi.x.yaml")

    assert textwrap.dedent(rest.partition("\nHere ")[0]).strip() == str(caught.value)


def test_first_example_is_right() -> None:
    example = TEXT.partition("place and the pools:\n")[2].partition("\nThe file")[0]

    assert parse(yaml.safe_load(textwrap.dedent(example))["config"], "x").pools[1].taints


def test_on_prem_example_is_right() -> None:
    page = (Path(__file__).parents[3] / "docs" / "on-prem.md").read_text()
    example = page.partition("is on this page.\n")[2].partition("\nPools stay")[0]

    assert [pool.size for pool in parse(yaml.safe_load(textwrap.dedent(example))["config"], "x").pools] == [2, 1]
