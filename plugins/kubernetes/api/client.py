"""Speaks HTTP with one API server: JSON in, JSON out, one pool of connections.

It knows paths and status codes, not kinds; retries are the business of the operations.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from plugins.kubernetes.api.api_error import ApiError, Unreachable
from plugins.kubernetes.api.connection_failure import explain_connection_failure
from plugins.kubernetes.api.connections import Connections
from plugins.kubernetes.api.credentials import Credentials
from plugins.kubernetes.api.tls import tls_context

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from plugins.kubernetes.api.kubeconfig import Connection
    from plugins.kubernetes.api.rate_limit import RateLimit
    from plugins.kubernetes.model.objects import Value

APPLY_PATCH: Final = "application/apply-patch+yaml"  # JSON is YAML
JSON_PATCH: Final = "application/json-patch+json"
_JSON: Final = "application/json"
_HEADERS: Final = {"Accept": _JSON, "User-Agent": "slipway-kubernetes"}
# A watch keeps its connection; the engine runs many operations at once.
_LIMITS: Final = httpx.Limits(max_connections=256, max_keepalive_connections=16, keepalive_expiry=30)

_ATTEMPTS: Final = 6
_LONGEST_WAIT_SECONDS: Final = 10.0
# A load balancer in front of the API server may refuse for a moment; what was not sent can be sent again.
_CONNECT_RETRIES: Final = 2

Params = dict[str, str]


class ApiClient:
    """One API server and one user."""

    def __init__(self, connection: Connection, timeout_seconds: float, limit: RateLimit | None = None) -> None:
        self.connection = connection
        self._limit = limit
        self._credentials = Credentials(connection)
        self._timeout = httpx.Timeout(timeout_seconds, connect=min(10.0, timeout_seconds))
        self._extensions = {"sni_hostname": connection.server_name} if connection.server_name else {}
        tls, proxy = tls_context(connection), connection.proxy or _proxy_for(connection.server)
        self._http = httpx.AsyncClient(
            base_url=connection.server,
            transport=httpx.AsyncHTTPTransport(verify=tls, limits=_LIMITS, proxy=proxy, retries=_CONNECT_RETRIES),
            timeout=self._timeout,
            headers=_HEADERS,
        )
        self._connections = None if proxy else self._fast_lane(tls, timeout_seconds)

    def _fast_lane(self, tls: ssl.SSLContext, timeout_seconds: float) -> Connections:
        return Connections(
            self.connection.server,
            tls,
            server_name=self.connection.server_name or "",
            connect_seconds=min(10.0, timeout_seconds),
            answer_seconds=timeout_seconds,
        )

    async def get(self, path: str, params: Params | None = None, *, accept: str = _JSON) -> dict[str, Any]:
        """Read one object or list, in the media type ``accept``."""
        return _object(await self._exchange("GET", path, params=params, headers={"Accept": accept}))

    async def send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Value = None,
        content_type: str = _JSON,
        warnings: list[str] | None = None,
    ) -> dict[str, Any]:
        """Send one request and return the object that comes back.

        Args:
            method: HTTP method.
            path: Path below the server's address.
            params: Query parameters.
            body: What to send, as JSON.
            content_type: Media type of the body.
            warnings: Collects the API server's ``Warning`` headers, such as unknown fields.

        Raises:
            ApiError: the API server refused.
            Unreachable: it did not answer.
        """
        headers = {"Content-Type": content_type} if body is not None else {}
        content = None if body is None else json.dumps(body).encode()
        response = await self._exchange(method, path, params=params, content=content, headers=headers)
        if warnings is not None:
            warnings += [_warning_text(value) for value in response.headers.get_list("warning")]
        return _object(response)

    async def text(self, path: str, params: Params | None = None, *, accept: str = "*/*") -> str:
        """Read text as it is, such as the log of a container."""
        response = await self._exchange("GET", path, params=params, headers={"Accept": accept})
        if response.is_error:
            _object(response)
        return response.text

    async def watch(self, path: str, params: Params, seconds: int) -> AsyncIterator[dict[str, Any]]:
        """Yield watch events until the server ends the watch, after ``seconds`` at the latest."""
        query = {**params, "watch": "1", "timeoutSeconds": str(seconds)}
        timeout = httpx.Timeout(self._timeout.connect, read=seconds + 15.0)
        headers = await self._ready_headers()
        try:
            async with self._http.stream(
                "GET", path, params=query, headers=headers, timeout=timeout, extensions=self._extensions
            ) as response:
                if response.is_error:
                    await response.aread()
                    _object(response)
                async for line in _lines(response):
                    yield json.loads(line)
        except (httpx.TransportError, OSError) as error:
            raise Unreachable(explain_connection_failure(self.connection, error)) from error

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()
        if self._connections is not None:
            await self._connections.close()

    async def _ready_headers(self) -> dict[str, str]:
        """Wait for this request's turn, and return how it logs in."""
        if self._limit is not None:
            await self._limit.wait()
        return await self._credentials.headers()

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        params: Params | None,
        content: bytes | None = None,
        headers: dict[str, str],
    ) -> httpx.Response:
        sent = {**headers, **await self._ready_headers()}
        for attempt in range(_ATTEMPTS):
            try:
                response = await self._once(method, path, params, content, sent)
            except (httpx.TransportError, OSError) as error:
                raise Unreachable(explain_connection_failure(self.connection, error)) from error
            seconds = _asked_to_wait(response)
            if seconds is None or attempt == _ATTEMPTS - 1:
                break
            await asyncio.sleep(seconds)
        return response

    async def _once(
        self, method: str, path: str, params: Params | None, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        if self._connections is not None:
            return await self._connections.exchange(
                method, path, params=params, content=content, headers={**_HEADERS, **headers}
            )
        return await self._http.request(
            method, path, params=params, content=content, headers=headers, extensions=self._extensions
        )


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield what newlines separate; lines of httpx also end at U+2028 and others, which objects may hold."""
    rest = b""
    async for piece in response.aiter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if line:
                yield line


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        document = {"message": response.text.strip()[:500]}
    if response.is_error:
        raise ApiError(response.status_code, document if isinstance(document, dict) else {})
    return document if isinstance(document, dict) else {}


def _asked_to_wait(response: httpx.Response) -> float | None:
    """Return how long the API server asks to stay away, as it does when it is busy or about to restart."""
    if response.status_code not in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
        return None
    text = response.headers.get("retry-after", "")
    return min(float(text), _LONGEST_WAIT_SECONDS) if text.isdigit() else None


def _warning_text(header: str) -> str:
    r"""Return the text of ``299 - "unknown field \\"spec.x\\""``."""
    _, _, quoted = header.partition('"')
    return quoted.rpartition('"')[0].replace('\\"', '"') or header


def _proxy_for(server: str) -> str | None:
    """Return the proxy that the environment names for the server; like kubectl, none for this machine itself."""
    parts = urlsplit(server)
    host = parts.hostname or ""
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    if is_loopback or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)
