"""The Kubernetes objects of an environment as manifests for `kubectl apply`, from the inputs in Pulumi's state.

It deliberately changes nothing in them but what cannot stay: Python's spelling of keys, digests of images built anew.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

PREFIX = "kubernetes:"
FIRST_KINDS = ("Namespace", "CustomResourceDefinition")
WORKLOADS = ("DaemonSet", "Deployment", "StatefulSet")


def from_state(recorded: list[dict[str, Any]]) -> tuple[str, str, str]:
    """Return namespaces and definitions, all else in the order of dependencies, and the workloads to wait for."""
    objects = [_spelled(entry["inputs"]) for entry in recorded if entry["type"].startswith(PREFIX)]
    first = [item for item in objects if item["kind"] in FIRST_KINDS]
    others = [item for item in objects if item["kind"] not in FIRST_KINDS]
    workloads = [
        f"{item['metadata']['namespace']} {item['kind'].lower()}/{item['metadata']['name']}\n"
        for item in others
        if item["kind"] in WORKLOADS
    ]
    return _manifests(first), _manifests(others), "".join(workloads)


def without_digest(manifests: str, repository: str, app: str) -> str:
    """Put a mark in place of the reference to an image that will be built again."""
    changed, count = re.subn(re.escape(repository) + r"@sha256:[0-9a-f]{64}", f"@{app.upper()}_IMAGE@", manifests)
    if count != 1:
        raise ValueError(f"Expected one reference to {repository} in the objects of the state, found {count}.")
    return changed


def _spelled(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Undo what the Python SDK makes of `x-kubernetes-...` in definitions; the provider plugin does the same."""
    if isinstance(value, dict):
        return {_key(key): _spelled(item) for key, item in value.items()}
    return [_spelled(item) for item in value] if isinstance(value, list) else value


def _key(key: str) -> str:
    return key.replace("_", "-") if key.startswith("x_kubernetes_") else key


def _manifests(objects: list[dict[str, Any]]) -> str:
    return str(yaml.safe_dump_all(objects, width=4096, sort_keys=False))
