"""One mistake in an environment file: the key it is at, what is wrong, and what was expected.

It finds no mistakes; it puts those that pydantic and the rules found into the words of the person who has to act.
"""

from __future__ import annotations

import re
import typing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

NAMESPACE: Final = "slipway"
Key = tuple[str | int, ...]
_SIMPLE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_VALUE: Final = 60

_EXPECTED: Final = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "text (in quotes where YAML would read something else)",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
"""pydantic's type errors, and the kind of value that would have been right."""

_VALUE_ERRORS: Final = {
    "greater_than_equal": "{given} is too small; expected at least {ge}",
    "less_than_equal": "{given} is too large; expected at most {le}",
    "literal_error": "{given} is not possible; expected {expected}",
}
"""Its errors about limits; the meaning of the field follows them, as it says why there is a limit."""

_KEY_ERRORS: Final = {"missing": "is missing", "too_short": "is empty", "extra_forbidden": "is unknown"}


@dataclass(frozen=True)
class Problem:
    """One mistake."""

    key: Key
    """Where: names of mappings and indices of lists; empty for the file as a whole."""
    text: str

    def __str__(self) -> str:
        """Return the line that people read, with the key as `pulumi config` writes it."""
        path = ""
        for part in self.key:
            simple = isinstance(part, str) and _SIMPLE_KEY.fullmatch(part)
            path += f".{part}" if simple else f"[{part}]" if isinstance(part, int) else f'["{part}"]'
        return f"{NAMESPACE}:{path.lstrip('.')}: {self.text}" if path else self.text


def from_pydantic(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    """Put one error of pydantic into words."""
    key: Key = tuple(part for part in detail["loc"] if part != "[key]")
    kind = detail["type"]
    if kind in _KEY_ERRORS:
        return Problem(key, _key_text(detail, model, key))
    if kind in _VALUE_ERRORS:
        wrong = _VALUE_ERRORS[kind].format(given=_shown(detail["input"]), **detail.get("ctx", {}))
        return Problem(key, f"{wrong}. {_field(model, key).description}")
    if kind in _EXPECTED:
        return Problem(key, f"{_shown(detail['input'])} is of the wrong kind; expected {_EXPECTED[kind]}")
    return Problem(key, detail["msg"].removeprefix("Value error, "))


def _key_text(detail: ErrorDetails, model: type[BaseModel], key: Key) -> str:
    if detail["type"] == "extra_forbidden":
        return f"is no key that slipway knows; expected one of {', '.join(_keys_beside(model, key))}"
    examples = _field(model, key).examples or ["those in docs/environments.md"]
    return f"{_KEY_ERRORS[detail['type']]}; expected a value such as {examples[0]}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _owner(model: type[BaseModel], key: Key) -> type[BaseModel]:
    """Return the model that has, or would have, the last name of the key."""
    for part in [part for part in key if isinstance(part, str)][:-1]:
        field = _fields(model).get(part)
        inner = [field.annotation, *typing.get_args(field.annotation)] if field else []
        model = next((kind for kind in inner if isinstance(kind, type) and issubclass(kind, BaseModel)), model)
    return model


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _keys_beside(model: type[BaseModel], key: Key) -> list[str]:
    return sorted(_fields(_owner(model, key)))


def _field(model: type[BaseModel], key: Key) -> FieldInfo:
    name = [part for part in key if isinstance(part, str)][-1]
    return _fields(_owner(model, key))[name]
