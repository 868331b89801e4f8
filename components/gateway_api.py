"""The CustomResourceDefinitions of the Gateway API, from the upstream release that set-up fetched.

It defines the API only; ``components.gateway`` is an implementation of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import yaml
from pulumi_kubernetes.apiextensions.v1 import CustomResourceDefinition

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = (
    "gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "referencegrants", "backendtlspolicies",
)  # fmt: skip
"""What the gateway's controller watches; it does not start without one of them."""


@dataclass(frozen=True)
class GatewayApiArgs:
    """Where the upstream manifests are."""

    directory: Path
    """The folder config/crd/standard of the release."""


class GatewayApi(pulumi.ComponentResource):
    """The definitions; routes and gateways can be made once they are established."""

    definitions: Sequence[CustomResourceDefinition]

    def __init__(self, name: str, args: GatewayApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:GatewayApi", name, None, opts)
        self.definitions = [
            self._definition(f"{name}-{kind}", read_definition(args.directory, kind)) for kind in NEEDED
        ]
        self.register_outputs({"kinds": list(NEEDED)})

    def _definition(self, name: str, document: dict[str, Any]) -> CustomResourceDefinition:
        metadata = document["metadata"]
        return CustomResourceDefinition(
            name,
            metadata={"name": metadata["name"], "annotations": metadata.get("annotations", {})},
            spec=document["spec"],
            opts=pulumi.ResourceOptions(parent=self),
        )


def read_definition(directory: Path, kind: str) -> dict[str, Any]:
    """Return one definition without the prose of its schema.

    The prose is two thirds of a megabyte, and the engine writes every byte of the state around every step.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    path = directory / f"gateway.networking.k8s.io_{kind}.yaml"
    document = yaml.load(path.read_text(), Loader=loader)  # noqa: S506 - a safe loader, in C where there is one
    for version in document["spec"]["versions"]:
        version["schema"]["openAPIV3Schema"] = _without_prose(version["schema"]["openAPIV3Schema"])
    found: dict[str, Any] = document
    return found


def _without_prose(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop the descriptions of a schema, but never a property that is called so."""
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "description":
            continue
        if key == "properties":
            kept[key] = {name: _without_prose(item) for name, item in value.items()}
        elif isinstance(value, dict) and key in {"items", "additionalProperties"}:
            kept[key] = _without_prose(value)
        else:
            kept[key] = value
    return kept
