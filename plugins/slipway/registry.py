"""A client for the part of the registry API that pushing an image needs (OCI distribution specification 1.1).

It pulls nothing and deletes nothing.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx
import stamina

from plugins.rpc.errors import ResourceFailed
from plugins.slipway.tls import is_starting, is_untrusted, trusting_client

if TYPE_CHECKING:
    from types import TracebackType

    from plugins.slipway.oci_layout import Descriptor

STARTUP_SECONDS = 60.0
CHUNK = 1 << 18  # every upload under way holds one, and TLS a copy of it
MANIFEST_TYPES = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "oci.image.manifest.v1",
        "oci.image.index.v1",
        "docker.distribution.manifest.v2",
        "docker.distribution.manifest.list.v2",
    )
)


@dataclass(frozen=True)
class RegistryAccess:
    """Where a registry is and how to log in."""

    address: str
    """``host:port``, or ``http://host:port`` for one without TLS."""
    server_name: str | None = None
    username: str | None = None
    password: str | None = None
    ca_pem: str | None = None

    @property
    def base_url(self) -> str:
        """URL of the registry."""
        return self.address if "://" in self.address else f"https://{self.address}"


class Registry:
    """One registry; use it as an asynchronous context manager."""

    def __init__(self, access: RegistryAccess, patience_seconds: float = STARTUP_SECONDS) -> None:
        login = (access.username, access.password or "") if access.username else None
        self._access = access
        self._patience = patience_seconds
        self._extensions = {"sni_hostname": access.server_name} if access.server_name else {}
        self._client = trusting_client(access.ca_pem, base_url=access.base_url, auth=login)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        await self._client.aclose()

    async def manifest_digest(self, repository: str, reference: str) -> str | None:
        """Return the digest that the registry serves for a tag or digest, None when there is none."""
        url = f"/v2/{repository}/manifests/{reference}"
        answer = await self._request("HEAD", url, headers={"accept": MANIFEST_TYPES})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        self._expect(answer, httpx.codes.OK)
        digest: str | None = answer.headers.get("docker-content-digest")
        return digest

    async def push_blob(self, repository: str, blob: "Descriptor", path: Path) -> bool:
        """Upload a blob unless it is there; say whether it was uploaded."""
        answer = await self._request("HEAD", f"/v2/{repository}/blobs/{blob.digest}")
        if answer.status_code == httpx.codes.OK:
            return False
        started = await self._request("POST", f"/v2/{repository}/blobs/uploads/")
        self._expect(started, httpx.codes.ACCEPTED)
        # The registry may name itself by an address that is not reachable from here: only the path counts.
        location = httpx.URL(started.headers["location"])
        target = location.copy_with(scheme=None, host=None, port=None).copy_merge_params({"digest": blob.digest})
        headers = {"content-length": str(blob.size), "content-type": "application/octet-stream"}
        done = await self._request("PUT", str(target), headers=headers, file=path)
        self._expect(done, httpx.codes.CREATED)
        return True

    async def push_manifest(self, repository: str, reference: str, media_type: str, content: bytes) -> None:
        """Put a manifest under a tag or digest."""
        url = f"/v2/{repository}/manifests/{reference}"
        answer = await self._request("PUT", url, headers={"content-type": media_type}, content=content)
        self._expect(answer, httpx.codes.CREATED)

    async def _request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
        file: Path | None = None,
    ) -> httpx.Response:
        """Send one request, again while the registry is starting."""
        try:
            async for attempt in stamina.retry_context(
                on=is_starting, attempts=None, timeout=self._patience, wait_initial=0.1, wait_max=1.0
            ):
                with attempt:
                    body = content if file is None else _chunks(file)
                    return await self._client.request(
                        method, url, headers=headers, content=body, extensions=self._extensions
                    )
        except httpx.TransportError as error:
            raise ResourceFailed(self._explain(error)) from error
        raise AssertionError("unreachable")  # pragma: no cover - stamina raises the last error

    def _explain(self, error: httpx.TransportError) -> str:
        where = f"Registry {self._access.address}"
        if is_untrusted(error):
            name = self._access.server_name or httpx.URL(self._access.base_url).host
            return (
                f"{where}: its certificate is not one for '{name}' from the expected authority: {error}\n"
                "Check caPem and serverName, and that the registry's certificate is from this environment's authority."
            )
        reason = str(error) or type(error).__name__
        return (
            f"{where}: no answer within {self._patience:.0f} s: {reason}\n"
            "Check that the registry's container runs (slipway list) and that its port is published."
        )

    def _expect(self, answer: httpx.Response, status: int) -> None:
        if answer.status_code == status:
            return
        where = f"Registry {self._access.address}"
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise ResourceFailed(
                f"{where}: it refused the login of user '{self._access.username or ''}' ({answer.status_code}).\n"
                "Check that username and password are those the registry was started with."
            )
        raise ResourceFailed(
            f"{where}: {answer.request.method} {answer.request.url.path} answered {answer.status_code} "
            f"where {status} was expected: {answer.text[:500]}\nLook at the registry's log."
        )


async def _chunks(file: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(file.open, "rb") as stream:
        while chunk := await asyncio.to_thread(stream.read, CHUNK):
            yield chunk
