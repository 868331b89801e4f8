"""The private registry: a tiny artifact pushed, pulled back and compared, over the OCI distribution API.

It deliberately makes new content each time, as a registry would acknowledge known content without storing anything, and
removes it again where the registry allows that (https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from operations.health.finding import Finding
from operations.health.secure_http import client, send
from operations.health.target import Target

if TYPE_CHECKING:
    import httpx

    from operations.health.outputs import Registry
    from operations.health.probe_context import ProbeContext

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
EMPTY_CONTENT = b"{}"
MOST_SHOWN = 100


class RefusedError(Exception):
    """The registry answered with a status that was not expected."""


class RegistryTarget(Target):
    """The registry of the output `registry`."""

    kind: Literal["registry"]
    repository: str

    async def probe(self, context: ProbeContext) -> Finding:
        """Push, pull, compare, remove."""
        registry = context.outputs.registry
        login = (registry.username, registry.password)
        async with client(ca_pem=registry.ca_pem, timeout_seconds=context.timeout_seconds, auth=login) as http:
            connection = _Connection(http, registry, self.repository)
            try:
                return await _round_trip(connection, secrets.token_bytes(64))
            except RefusedError as error:
                return Finding(healthy=False, detail=str(error))


class _Connection:
    """One repository of a registry."""

    def __init__(self, http: httpx.AsyncClient, registry: Registry, repository: str) -> None:
        self._http = http
        self._address = registry.address
        self._name = registry.name
        self._server_name = registry.server_name or registry.name.rpartition(":")[0] or registry.name
        self._base = f"https://{registry.name}/v2/{repository}"

    async def ask(
        self, method: str, path: str, expected: HTTPStatus | None, *, content: bytes | None = None, kind: str = ""
    ) -> httpx.Response:
        url = path if path.startswith("https://") else f"{self._base}{path}"
        response = await send(
            self._http,
            method,
            url,
            address=self._address,
            server_name=self._server_name,
            headers={"Content-Type": kind or "application/octet-stream", "Accept": f"{MANIFEST}, */*"},
            content=content,
        )
        if response.status_code == HTTPStatus.UNAUTHORIZED:
            raise RefusedError("refuses the login of the output 'registry' (HTTP 401)")
        if expected is not None and response.status_code != expected:
            text = " ".join(response.text.split())[:MOST_SHOWN]
            raise RefusedError(f"{method} {url}: HTTP {response.status_code}, expected {expected.value}: {text}")
        return response

    async def push_blob(self, content: bytes) -> None:
        started = await self.ask("POST", "/blobs/uploads/", HTTPStatus.ACCEPTED)
        location = started.headers["Location"]
        if location.startswith("/"):
            location = f"https://{self._name}{location}"
        joint = "&" if "?" in location else "?"
        await self.ask("PUT", f"{location}{joint}digest={digest(content)}", HTTPStatus.CREATED, content=content)


def digest(content: bytes) -> str:
    """Return the digest of a blob as the OCI image specification writes it."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def manifest(layer: bytes) -> bytes:
    """Return the manifest of an artifact with one layer."""
    described = {"mediaType": "application/octet-stream", "digest": digest(layer), "size": len(layer)}
    empty = {"mediaType": EMPTY, "digest": digest(EMPTY_CONTENT), "size": len(EMPTY_CONTENT)}
    content = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": "application/vnd.slipway.health",
        "config": empty,
        "layers": [described],
    }
    return json.dumps(content, sort_keys=True).encode()


async def _round_trip(connection: _Connection, layer: bytes) -> Finding:
    description = manifest(layer)
    await connection.push_blob(EMPTY_CONTENT)
    await connection.push_blob(layer)
    path = f"/manifests/{digest(description)}"
    await connection.ask("PUT", path, HTTPStatus.CREATED, content=description, kind=MANIFEST)
    pulled_description = await connection.ask("GET", path, HTTPStatus.OK)
    pulled_layer = await connection.ask("GET", f"/blobs/{digest(layer)}", HTTPStatus.OK)
    # A registry may refuse deletion (405); the few bytes that then stay are no fault.
    await connection.ask("DELETE", path, None)
    await connection.ask("DELETE", f"/blobs/{digest(layer)}", None)
    if pulled_description.content != description or pulled_layer.content != layer:
        return Finding(healthy=False, detail="what was pulled differs from what was pushed")
    return Finding(healthy=True, detail=f"pushed and pulled {len(description) + len(layer)} bytes, equal")
