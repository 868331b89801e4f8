"""Reads the state of the measured environment through the Pulumi CLI, secrets in clear.

It deliberately keeps it in memory alone.
"""

from __future__ import annotations

import json
from typing import Any

from bench.environment import NAME
from operations import pulumi_cli
from operations.session import open_session

# How the engine marks a secret in an exported state: resource.SigKey and resource.SecretSig of Pulumi's SDK.
SIGNATURE_KEY = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a mark, no secret


def resources() -> list[dict[str, Any]]:
    """Return all resources in the order of the state, which is one of dependencies."""
    exported = pulumi_cli.capture(
        open_session(NAME), "stack", "export", "--stack", NAME, "--show-secrets", private=True
    )
    return [
        {**entry, "inputs": reveal(entry.get("inputs") or {})}
        for entry in json.loads(exported)["deployment"]["resources"]
    ]


def outputs(recorded: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the outputs of the stack."""
    stack = next(entry for entry in recorded if entry["type"] == "pulumi:pulumi:Stack")
    revealed: dict[str, Any] = reveal(stack["outputs"])
    return revealed


def reveal(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a value of the state without the marks around its secrets."""
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == SECRET:
            return reveal(json.loads(value["plaintext"]))
        return {key: reveal(item) for key, item in value.items()}
    return [reveal(item) for item in value] if isinstance(value, list) else value
