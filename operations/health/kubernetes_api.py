"""The few reads of the Kubernetes API that health needs, with the client certificate or token of a kubeconfig.

It deliberately is no general client: no watches, no writes, no exec plugins.
"""

from __future__ import annotations

import base64
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from operations.failure import OperationFailedError


@dataclass(frozen=True)
class Kubeconfig:
    """What the current context of a kubeconfig says."""

    server: str
    ca_pem: str
    server_name: str | None
    certificate_pem: str | None
    key_pem: str | None
    token: str | None

    def __repr__(self) -> str:
        """Show the server only; the rest is secret."""
        return f"Kubeconfig({self.server})"


def parse_kubeconfig(text: str) -> Kubeconfig:
    """Read a kubeconfig with embedded certificates.

    Raises:
        OperationFailedError: It is malformed; the text holds nothing of its content.
    """
    try:
        content: dict[str, Any] = yaml.safe_load(text)
        context = _named(content["contexts"], content["current-context"])["context"]
        cluster = _named(content["clusters"], context["cluster"])["cluster"]
        user = _named(content["users"], context["user"])["user"]
        return Kubeconfig(
            server=cluster["server"].rstrip("/"),
            ca_pem=_decoded(cluster["certificate-authority-data"]),
            server_name=cluster.get("tls-server-name"),
            certificate_pem=_decoded(user["client-certificate-data"]) if "client-certificate-data" in user else None,
            key_pem=_decoded(user["client-key-data"]) if "client-key-data" in user else None,
            token=user.get("token"),
        )
    # `from None`: the cause would show parts of a secret.
    except (yaml.YAMLError, LookupError, TypeError, ValueError, AttributeError) as error:
        raise OperationFailedError(
            f"The output 'kubeconfig' is not a kubeconfig with embedded certificates ({type(error).__name__}). "
            "Make it again with: slipway up"
        ) from None


class KubernetesApi:
    """One API server."""

    def __init__(self, config: Kubeconfig, *, timeout_seconds: float) -> None:
        self._config = config
        self._timeout_seconds = timeout_seconds
        self._tls = _tls(config)

    async def get(self, path: str) -> httpx.Response:
        """Read a path, such as `/readyz?verbose`, whatever the status of the answer."""
        extensions = {"sni_hostname": self._config.server_name} if self._config.server_name else {}
        async with self.client() as http:
            return await http.get(path, extensions=extensions)

    def client(self) -> httpx.AsyncClient:
        """Return a client for several requests over the same connections; paths begin with `/api` or `/apis`."""
        headers = {"Authorization": f"Bearer {self._config.token}"} if self._config.token else {}
        return httpx.AsyncClient(
            base_url=self._config.server,
            headers=headers,
            verify=self._tls,
            timeout=self._timeout_seconds,
            trust_env=False,
        )

    async def items(self, path: str) -> list[dict[str, Any]]:
        """Return the items of a list, such as `/api/v1/nodes`.

        Raises:
            httpx.HTTPStatusError: The API server refused.
        """
        response = await self.get(path)
        response.raise_for_status()
        found: list[dict[str, Any]] = response.json()["items"]
        return found


def _tls(config: Kubeconfig) -> ssl.SSLContext:
    tls = ssl.create_default_context(cadata=config.ca_pem)
    if config.certificate_pem and config.key_pem:
        # Python's ssl reads a key from a file only; the directory is private (0700) and gone at once.
        with tempfile.TemporaryDirectory(prefix="slipway-") as directory:
            file = Path(directory) / "client.pem"
            file.touch(mode=0o600)
            file.write_text(f"{config.certificate_pem}\n{config.key_pem}\n")
            tls.load_cert_chain(file)
    return tls


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return {entry["name"]: entry for entry in entries}[name]


def _decoded(value: str) -> str:
    return base64.b64decode(value, validate=True).decode()
