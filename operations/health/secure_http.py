"""HTTPS to an address of this machine under the name that its certificate carries, trusting only the environment's CA.

It deliberately never skips verification, follows no redirect and uses no proxy: what is asked is what is checked.
"""

from __future__ import annotations

import ssl
from urllib.parse import urlsplit, urlunsplit

import httpx


def trust(ca_pem: str | None) -> ssl.SSLContext:
    """Return a TLS context that trusts the given CA alone, or what the system trusts when there is none."""
    return ssl.create_default_context(cadata=ca_pem) if ca_pem else ssl.create_default_context()


def client(*, ca_pem: str | None, timeout_seconds: float, auth: tuple[str, str] | None = None) -> httpx.AsyncClient:
    """Return an HTTP client for one probe."""
    return httpx.AsyncClient(
        verify=trust(ca_pem), timeout=timeout_seconds, auth=auth, trust_env=False, follow_redirects=False
    )


async def send(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    address: str,
    server_name: str,
    headers: dict[str, str] | None = None,
    content: bytes | None = None,
) -> httpx.Response:
    """Ask for `url`, but connect to `address` ("host:port"); `server_name` is what the certificate must be for."""
    parts = urlsplit(url)
    direct = urlunsplit(parts._replace(netloc=address))
    wanted = {"Host": parts.netloc, **(headers or {})}
    return await http.request(method, direct, headers=wanted, content=content, extensions={"sni_hostname": server_name})
