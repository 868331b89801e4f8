"""Marks objects with the resource they were made for, so that an interrupted creation can be finished.

The marks are labels that never appear in outputs; they grant nothing: an object with other marks is left alone.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties

RESOURCE = "io.slipway.docker.resource"
INPUTS = "io.slipway.docker.inputs"


def marks(ctx: Context, wanted: Properties) -> dict[str, str]:
    """Return the labels for a new object; ``wanted`` are its plain inputs."""
    text = json.dumps(wanted, sort_keys=True, default=repr)
    return {RESOURCE: ctx.urn, INPUTS: hashlib.sha256(text.encode()).hexdigest()}


def without_marks(labels: dict[str, str] | None) -> dict[str, str]:
    """Return only the labels that the program asked for."""
    return {key: value for key, value in (labels or {}).items() if key not in (RESOURCE, INPUTS)}


def same_resource(labels: dict[str, str] | None, expected: dict[str, str]) -> bool:
    """Say whether an object was made for the same resource."""
    return (labels or {}).get(RESOURCE) == expected[RESOURCE]


def same_object(labels: dict[str, str] | None, expected: dict[str, str]) -> bool:
    """Say whether an object was made for the same resource from the same inputs."""
    return all((labels or {}).get(key) == value for key, value in expected.items())


def described(labels: dict[str, Any] | None) -> str:
    """Say whose an object is, for an error text."""
    urn = (labels or {}).get(RESOURCE)
    return f"It was made for {urn}." if urn else "It was made by somebody else."
