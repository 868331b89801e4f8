"""The one program of all cases: makes the resources that a case describes.

It imports no provider's SDK: types, properties and options are those of the case.
"""

from __future__ import annotations

import asyncio
import json
from importlib import metadata
from typing import Any

import pulumi

from plugins.rpc.values import Asset, Secret
from tests.plugins.cases.tags import Later, Null, OutputOf

_OPTIONS = {
    "additionalSecretOutputs": "additional_secret_outputs",
    "aliases": "aliases",
    "customTimeouts": "custom_timeouts",
    "deleteBeforeReplace": "delete_before_replace",
    "deletedWith": "deleted_with",
    "dependsOn": "depends_on",
    "ignoreChanges": "ignore_changes",
    "import": "import_",
    "parent": "parent",
    "protect": "protect",
    "provider": "provider",
    "replaceOnChanges": "replace_on_changes",
    "retainOnDelete": "retain_on_delete",
}
_REFERENCES = ("deletedWith", "dependsOn", "parent", "provider")
_PROVIDERS = "pulumi:providers:"


class Program:
    """Registers resources in the order of the case."""

    def __init__(self, resources: dict[str, Any], exports: dict[str, Any]) -> None:
        self._resources = resources
        self._exports = exports
        self._made: dict[str, pulumi.Resource] = {}

    def __call__(self) -> None:
        """Run."""
        self._made = {}
        for name, description in self._resources.items():
            self._made[name] = self._make(name, **description)
        for name, value in self._exports.items():
            pulumi.export(name, self._value(value))

    def _make(
        self,
        name: str,
        type: str,  # noqa: A002 - the word of the format
        properties: dict[str, Any] | None = None,
        options: dict[str, Any] | None = None,
        get: Any = None,  # noqa: ANN401 - an id, or where to get it
    ) -> pulumi.Resource:
        given = {key: self._value(item) for key, item in (properties or {}).items()}
        opts = self._options(options or {})
        if type.startswith(_PROVIDERS):
            package = type.removeprefix(_PROVIDERS)
            opts.version = _version(package)
            # The engine takes a provider's inputs as texts; SDKs write everything else as JSON.
            texts = {
                key: item if isinstance(item, (str, pulumi.Output)) else json.dumps(item) for key, item in given.items()
            }
            return pulumi.ProviderResource(package, name, texts, opts)
        opts.version = _version(type.partition(":")[0])
        if get is not None:
            opts.id = self._value(get)
        return pulumi.CustomResource(type, name, {**self._wanted_outputs(name), **given}, opts)

    def _wanted_outputs(self, name: str) -> dict[str, None]:
        """Return the outputs of a resource that others use: the SDK makes attributes of what it is told of."""
        found = _references_to(name, [self._resources, self._exports])
        return dict.fromkeys(found - {"id", "urn"})

    def _options(self, options: dict[str, Any]) -> pulumi.ResourceOptions:
        fields: dict[str, Any] = {}
        for key, value in options.items():
            if key not in _OPTIONS:
                raise pulumi.RunError(f"The option {key!r} is none of {', '.join(_OPTIONS)}.")
            if key in _REFERENCES:
                value = [self._made[item] for item in value] if isinstance(value, list) else self._made[value]  # noqa: PLW2901
            elif key == "customTimeouts":
                value = pulumi.CustomTimeouts(**value)  # noqa: PLW2901
            elif key == "aliases":
                value = [pulumi.Alias(**_snake(item)) if isinstance(item, dict) else item for item in value]  # noqa: PLW2901
            fields[_OPTIONS[key]] = value
        return pulumi.ResourceOptions(**fields)

    def _value(self, value: Any) -> Any:  # noqa: ANN401 - any value of a case
        if isinstance(value, dict):
            return {key: self._value(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value(item) for item in value]
        if isinstance(value, Secret):
            return pulumi.Output.secret(self._value(value.value))
        if isinstance(value, Later):
            return _later(value.value)
        if isinstance(value, OutputOf):
            name, attribute, *rest = value.path.split(".")
            output: pulumi.Output[Any] = getattr(self._made[name], attribute)
            return output.apply(lambda found: _pluck(found, rest))
        return _constant(value)


def _constant(value: Any) -> Any:  # noqa: ANN401 - any value of a case
    if isinstance(value, Asset):
        return pulumi.StringAsset(str(value.text))
    return None if isinstance(value, Null) else value


def _later(value: Any) -> pulumi.Output[Any]:  # noqa: ANN401 - any value of a case
    known: asyncio.Future[bool] = asyncio.Future()
    known.set_result(not pulumi.runtime.is_dry_run())
    future: asyncio.Future[Any] = asyncio.Future()
    future.set_result(value)
    return pulumi.Output(set(), future, known)


def _pluck(value: Any, path: list[str]) -> Any:  # noqa: ANN401 - any value of a state
    for step in path:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _references_to(name: str, value: Any) -> set[str]:  # noqa: ANN401 - any part of a case
    if isinstance(value, OutputOf):
        target, attribute, *_ = value.path.split(".")
        return {attribute} if target == name else set()
    if isinstance(value, Secret):
        return _references_to(name, value.value)
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {found for item in items for found in _references_to(name, item)}


def _version(package: str) -> str:
    return metadata.version(f"pulumi-{package}")


def _snake(fields: dict[str, Any]) -> dict[str, Any]:
    names = {"type": "type_", "noParent": "no_parent", "parentUrn": "parent"}
    return {names.get(key, key): value for key, value in fields.items()}
