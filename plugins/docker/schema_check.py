"""Checks inputs against a schema, fills in defaults and makes names the way the official, bridged plugin does.

It never asks the Docker engine anything, so it works in any preview.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from plugins.rpc.resource import CheckResult
from plugins.rpc.schema import DEFAULTS
from plugins.rpc.schema_check import InputCheck
from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from plugins.docker.schema import Schema
    from plugins.rpc.resource import Context, Properties


def check(schema: Schema, ctx: Context, olds: Properties | None, news: Properties, remembered: str = "") -> CheckResult:
    """Return completed inputs and everything that is wrong with them, all at once.

    Args:
        schema: The resource type.
        ctx: The operation.
        olds: Checked inputs of before, if any.
        news: Inputs of the program.
        remembered: The name that a killed run generated; '' if there was none.
    """
    judgement = InputCheck(schema.noun, "docs/plugins-docker.md", bookkeeping=True)
    inputs = judgement.complete(schema.properties, news)
    if schema.autonamed and "name" not in inputs:
        inputs["name"] = _autoname(ctx, olds, remembered)
        inputs[DEFAULTS] = sorted([*inputs[DEFAULTS], "name"])
    return CheckResult(inputs, judgement.failures)


def _autoname(ctx: Context, olds: Properties | None, remembered: str) -> str:
    """Keep the name of before or of a killed run, or make one; the engine's seed makes preview and update agree."""
    if olds and "name" in reveal(olds).get(DEFAULTS, []):
        return str(reveal(olds["name"]))
    if remembered:
        return remembered
    seed = ctx.random_seed
    digits = hashlib.sha256(seed + ctx.urn.encode()).hexdigest() if seed else secrets.token_hex(4)
    return f"{ctx.name}-{digits[:7]}"
