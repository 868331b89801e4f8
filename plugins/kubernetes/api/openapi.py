"""The schemas that the API server publishes, fetched per group version when an object of it is first checked.

It judges no object, see ``validating``; where the API server publishes nothing it knows nothing, which is no error.
Source: kubernetes.io/docs/concepts/overview/kubernetes-api/#openapi-v3.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.api_error import ApiError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from plugins.kubernetes.api.client import ApiClient
    from plugins.kubernetes.model.tokens import GroupVersionKind

Schema = dict[str, Any]

_SCHEMAS_START: Final = re.compile(r'"components"\s*:\s*\{\s*"schemas"\s*:\s*\{')
_KIND: Final = "x-kubernetes-group-version-kind"
# What validation reads; descriptions alone are two thirds of a document.
_KEPT: Final = frozenset(
    {
        "$ref",
        "additionalProperties",
        "allOf",
        "items",
        "nullable",
        "oneOf",
        "properties",
        "required",
        "type",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
        "x-kubernetes-patch-merge-key",
        "x-kubernetes-patch-strategy",
        "x-kubernetes-preserve-unknown-fields",
    }
)


class Document:
    """The schemas of one group version."""

    def __init__(self, text: str) -> None:
        self._schemas: dict[str, Schema] = {}
        self._kinds: dict[tuple[str, str, str], str] = {}
        for name, schema in _schemas_in(text):
            for kind in schema.get(_KIND) or []:
                self._kinds[kind.get("group") or "", kind.get("version") or "", kind.get("kind") or ""] = name
            self._schemas[name] = _slim(schema)

    def of_kind(self, kind: GroupVersionKind) -> Schema | None:
        """Return the schema of a kind, None if the document has none."""
        name = self._kinds.get((kind.group, kind.version, kind.kind))
        return self._schemas[name] if name else None

    def resolve(self, schema: Schema) -> Schema:
        """Follow references until there is a schema that says something itself; an unknown one allows everything."""
        while True:
            inner = schema.get("allOf") or []
            reference = schema.get("$ref") or (inner[0].get("$ref") if len(inner) == 1 else None)
            if not reference:
                return schema
            schema = self._schemas.get(str(reference).rpartition("/")[2], {})


class OpenApi:
    """The published schemas of one API server."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._documents: dict[str, Document | None] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def document(self, api_version: str, *, fresh: bool = False) -> Document | None:
        """Return the schemas of a group version, None where the API server publishes none or does not say."""
        async with self._locks.setdefault(api_version, asyncio.Lock()):
            if fresh or api_version not in self._documents:
                self._documents[api_version] = await self._fetch(api_version)
            return self._documents[api_version]

    def forget(self, api_version: str) -> None:
        """Drop what is known about a group version, after its definitions changed."""
        self._documents.pop(api_version, None)

    async def _fetch(self, api_version: str) -> Document | None:
        root = "apis" if "/" in api_version else "api"
        try:
            return Document(await self._client.text(f"/openapi/v3/{root}/{api_version}", accept="application/json"))
        except (ApiError, Unreachable, ValueError):
            return None  # the dry run of the preview checks the object then


def _schemas_in(text: str) -> Iterator[tuple[str, Schema]]:
    """Yield the schemas of a document one by one; parsing one as a whole would take tens of MiB."""
    start = _SCHEMAS_START.search(text)
    if start is None:
        schemas = json.loads(text).get("components", {}).get("schemas", {})
        yield from schemas.items()
        return
    decoder, position = json.JSONDecoder(), start.end()
    while (position := _skip(text, position)) < len(text) and text[position] == '"':
        name, position = decoder.raw_decode(text, position)
        schema, position = decoder.raw_decode(text, _skip(text, position))
        yield name, schema


def _skip(text: str, position: int) -> int:
    """Return the position of the next character that is neither white space nor a separator."""
    while position < len(text) and text[position] in " \t\r\n,:":
        position += 1
    return position


def _slim(schema: Schema) -> Schema:
    kept = {key: item for key, item in schema.items() if key in _KEPT}
    if isinstance(kept.get("properties"), dict):
        kept["properties"] = {name: _slim(item) for name, item in kept["properties"].items()}
    for key in ("additionalProperties", "items"):
        if isinstance(kept.get(key), dict):
            kept[key] = _slim(kept[key])
    for key in ("allOf", "oneOf"):
        if key in kept:
            kept[key] = [_slim(item) for item in kept[key]]
    return kept
