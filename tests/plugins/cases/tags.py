"""The YAML tags of case files: values that plain YAML cannot say.

They carry meaning only; ``program`` turns them into Pulumi values and ``matching`` compares with them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Template
from typing import Any

import yaml

from plugins.rpc.values import Asset, Secret


@dataclass(frozen=True)
class OutputOf:
    """``!output other.metadata.name``: a property of another resource of the program."""

    path: str


@dataclass(frozen=True)
class Later:
    """``!later value``: known in an update, unknown in a preview."""

    value: Any


@dataclass(frozen=True)
class Absent:
    """``!absent``: expected not to be there."""


@dataclass(frozen=True)
class Anything:
    """``!any``: expected to be there, whatever it is."""


@dataclass(frozen=True)
class Null:
    """``!null``: a null in an edit, where a plain null removes."""


@dataclass(frozen=True)
class Matches:
    """``!matches '^web-[0-9a-f]{8}$'``: expected to be a text in which the pattern is found."""

    pattern: str

    def accepts(self, value: Any) -> bool:  # noqa: ANN401 - any value of a state
        """Say whether ``value`` is such a text."""
        return isinstance(value, str) and re.search(self.pattern, value) is not None


class CaseLoader(yaml.SafeLoader):
    """Reads YAML with the tags above."""


def _content(loader: yaml.SafeLoader, node: yaml.Node) -> Any:  # noqa: ANN401 - whatever follows the tag
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)  # type: ignore[arg-type]


CaseLoader.add_constructor("!secret", lambda loader, node: Secret(_content(loader, node)))
CaseLoader.add_constructor("!output", lambda loader, node: OutputOf(_content(loader, node)))
CaseLoader.add_constructor("!later", lambda loader, node: Later(_content(loader, node)))
CaseLoader.add_constructor("!matches", lambda loader, node: Matches(_content(loader, node)))
CaseLoader.add_constructor("!asset", lambda loader, node: Asset(text=_content(loader, node)))
CaseLoader.add_constructor("!absent", lambda _loader, _node: Absent())
CaseLoader.add_constructor("!any", lambda _loader, _node: Anything())
CaseLoader.add_constructor("!null", lambda _loader, _node: Null())


def fill_in(value: Any, variables: dict[str, str]) -> Any:  # noqa: ANN401 - any part of a case
    """Replace ``$NAME`` and ``${NAME}`` in all texts; unknown names stay, ``$$`` is a dollar."""
    if isinstance(value, str):
        return Template(value).safe_substitute(variables)
    if isinstance(value, dict):
        return {fill_in(key, variables): fill_in(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [fill_in(item, variables) for item in value]
    if isinstance(value, (Secret, Later)):
        return type(value)(fill_in(value.value, variables))
    if isinstance(value, Matches):
        return Matches(fill_in(value.pattern, variables))
    return value
