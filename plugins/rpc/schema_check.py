"""Checks inputs against a schema and fills in its defaults.

It never asks a server anything, so it works in any preview.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.diff import join
from plugins.rpc.resource import Failure
from plugins.rpc.schema import DEFAULTS
from plugins.rpc.values import UNKNOWN, Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.rpc.resource import Properties
    from plugins.rpc.schema import Property

_PYTHON_TYPES: Final = {"string": str, "boolean": bool, "map": dict, "object": dict, "list": list, "set": list}


@dataclass
class InputCheck:
    """One check of one resource's inputs; ``failures`` holds everything that is wrong with them, all at once."""

    noun: str
    """What the resource type is called in messages."""
    documentation: str = "docs/plugins.md"
    """Where it says what is covered."""
    bookkeeping: bool = False
    """Whether to list in the inputs which of them are defaults, as bridged providers do."""
    failures: list[Failure] = field(default_factory=list)

    def complete(self, fields: Mapping[str, Property], given: Mapping[str, Any], path: str = "") -> Properties:
        """Return these values with defaults filled in and scalars converted."""
        values = {key: value for key, value in given.items() if value is not None and key != DEFAULTS}
        unknown = [join(path, key) for key in values if key not in fields]
        self.failures.extend(Failure(name, f"A {self.noun} has no property '{name}'.") for name in unknown)
        completed = {
            key: self._value(fields[key], value, join(path, key)) if key in fields else value
            for key, value in values.items()
        }
        absent = {key: item for key, item in fields.items() if key not in values}
        defaulted = {key: item.default for key, item in absent.items() if item.default is not None}
        missing = [join(path, key) for key, item in absent.items() if item.required]
        self.failures.extend(Failure(name, f"A {self.noun} needs '{name}', which is missing.") for name in missing)
        return {**completed, **defaulted, **({DEFAULTS: sorted(defaulted)} if self.bookkeeping else {})}

    def _value(self, item: Property, value: Any, path: str) -> Any:  # noqa: ANN401 - property values are dynamic
        if isinstance(value, Secret):
            return Secret(self._value(item, value.value, path))
        if value is UNKNOWN:
            return value
        if not item.supported:
            self._refuse(path, f"is not supported by this plugin: see {self.documentation}")
            return value
        value = _coerced(item, value)
        if not _fits(item, value):
            self._refuse(path, f"must be {_article(item.kind)}, not {_article(type(value).__name__)}")
            return value
        # The value itself is not repeated: it may be a secret.
        if item.pattern and not re.fullmatch(item.pattern, value):
            self._refuse(path, f"must be {item.wanted}")
        if item.minimum is not None and value < item.minimum:
            self._refuse(path, f"must be {item.minimum} or more")
        if item.judge and (wanted := item.judge(value)):
            self._refuse(path, f"must be {wanted}")
        return self._parts(item, value, path)

    def _parts(self, item: Property, value: Any, path: str) -> Any:  # noqa: ANN401 - likewise
        if item.kind == "object":
            return self.complete(item.fields, value, path)
        if item.element and isinstance(value, list):
            return [self._value(item.element, part, join(path, at)) for at, part in enumerate(value)]
        if item.element and isinstance(value, dict):
            return {key: self._value(item.element, part, join(path, key)) for key, part in value.items()}
        return value

    def _refuse(self, path: str, reason: str) -> None:
        self.failures.append(Failure(path, f"'{path}' {reason}."))


def _coerced(item: Property, value: Any) -> Any:  # noqa: ANN401
    """Convert scalars as the official plugins do: '80' is a number, 80 is a text where one is wanted."""
    if item.kind == "string" and isinstance(value, bool):
        return "true" if value else "false"
    if item.kind == "string" and isinstance(value, (int, float)):
        return str(value)
    if item.kind == "integer" and isinstance(value, str) and value.lstrip("-").isdigit():
        return int(value)
    if item.kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aio" else f"a {noun}"


def _fits(item: Property, value: Any) -> bool:  # noqa: ANN401
    if item.kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, _PYTHON_TYPES[item.kind])
