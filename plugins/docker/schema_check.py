"""Checks inputs against a schema and fills in defaults the way the official, bridged plugin does.

It never asks the Docker engine anything, so it works in any preview.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Any

from plugins.rpc.diff import join
from plugins.rpc.resource import CheckResult, Failure
from plugins.rpc.values import UNKNOWN, Secret, reveal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.docker.schema import Property, Schema
    from plugins.rpc.resource import Context, Properties

DEFAULTS = "__defaults"
_PYTHON_TYPES = {"string": str, "boolean": bool, "map": dict, "object": dict, "list": list, "set": list}


def check(schema: Schema, ctx: Context, olds: Properties | None, news: Properties, remembered: str = "") -> CheckResult:
    """Return completed inputs and everything that is wrong with them, all at once.

    Args:
        schema: The resource type.
        ctx: The operation.
        olds: Checked inputs of before, if any.
        news: Inputs of the program.
        remembered: The name that a killed run generated; '' if there was none.
    """
    failures: list[Failure] = []
    inputs = _complete_object(schema.properties, news, "", schema.noun, failures)
    if schema.autonamed and "name" not in inputs:
        inputs["name"] = _autoname(ctx, olds, remembered)
        inputs[DEFAULTS] = sorted([*inputs[DEFAULTS], "name"])
    return CheckResult(inputs, failures)


def _autoname(ctx: Context, olds: Properties | None, remembered: str) -> str:
    """Keep the name of before or of a killed run, or make one; the engine's seed makes preview and update agree."""
    if olds and "name" in reveal(olds).get(DEFAULTS, []):
        return str(reveal(olds["name"]))
    if remembered:
        return remembered
    seed = ctx.random_seed
    digits = hashlib.sha256(seed + ctx.urn.encode()).hexdigest() if seed else secrets.token_hex(4)
    return f"{ctx.name}-{digits[:7]}"


def _complete_object(
    fields: Mapping[str, Property], given: Mapping[str, Any], path: str, noun: str, failures: list[Failure]
) -> Properties:
    values = {key: value for key, value in given.items() if value is not None and key != DEFAULTS}
    unknown = [join(path, key) for key in values if key not in fields]
    failures.extend(Failure(name, f"A {noun} has no property '{name}'.") for name in unknown)
    completed = {
        key: _complete(fields[key], value, join(path, key), noun, failures) if key in fields else value
        for key, value in values.items()
    }
    defaulted = {key: item.default for key, item in fields.items() if item.default is not None and key not in values}
    missing = [join(path, key) for key, item in fields.items() if item.required and key not in values]
    failures.extend(Failure(name, f"A {noun} needs '{name}', which is missing.") for name in missing)
    return {**completed, **defaulted, DEFAULTS: sorted(defaulted)}


def _complete(item: Property, value: Any, path: str, noun: str, failures: list[Failure]) -> Any:  # noqa: ANN401
    if isinstance(value, Secret):
        return Secret(_complete(item, value.value, path, noun, failures))
    if value is UNKNOWN:
        return value
    if not item.supported:
        reason = f"'{path}' is not supported by the stand-in for the docker plugin: see docs/plugins-docker.md."
        failures.append(Failure(path, reason))
        return value
    value = _coerced(item, value)
    if not _fits(item, value):
        failures.append(Failure(path, f"'{path}' must be {_article(item.kind)}, not {_article(type(value).__name__)}."))
        return value
    # The value itself is not repeated: it may be a secret.
    if item.pattern and not re.fullmatch(item.pattern, value):
        failures.append(Failure(path, f"'{path}' must be {item.wanted}."))
    if item.minimum is not None and value < item.minimum:
        failures.append(Failure(path, f"'{path}' must be {item.minimum} or more."))
    return _complete_parts(item, value, path, noun, failures)


def _complete_parts(item: Property, value: Any, path: str, noun: str, failures: list[Failure]) -> Any:  # noqa: ANN401
    if item.kind == "object":
        return _complete_object(item.fields, value, path, noun, failures)
    if item.element and isinstance(value, list):
        element = item.element
        return [_complete(element, part, join(path, at), noun, failures) for at, part in enumerate(value)]
    if item.element and isinstance(value, dict):
        return {key: _complete(item.element, part, join(path, key), noun, failures) for key, part in value.items()}
    return value


def _coerced(item: Property, value: Any) -> Any:  # noqa: ANN401
    """Convert scalars as the official plugin does: '80' is a number, 80 is a text where one is wanted."""
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
