"""Reaches a Docker engine over TLS with client certificates, from a directory or from text.

It checks the engine's certificate against the given authority only, never against those that this computer trusts.
"""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path
from typing import Any

import requests.adapters

from plugins.rpc.errors import ResourceFailed


def context_of_files(directory: Path) -> ssl.SSLContext:
    """Return the TLS settings for ``ca.pem``, ``cert.pem`` and ``key.pem``.

    Raises:
        ResourceFailed: one of them is missing or is no such thing.
    """
    for name in ("ca.pem", "cert.pem", "key.pem"):
        if not (directory / name).is_file():
            raise ResourceFailed(f"certPath: there is no {directory / name}.")
    try:
        context = ssl.create_default_context(cafile=str(directory / "ca.pem"))
        context.load_cert_chain(str(directory / "cert.pem"), str(directory / "key.pem"))
    except (ssl.SSLError, OSError) as error:
        raise ResourceFailed(
            f"The certificates for the Docker engine cannot be used: {error}. Expected PEM texts, and a key that fits "
            "the client's certificate."
        ) from error
    return context


def context_of_texts(ca: str, certificate: str, key: str) -> ssl.SSLContext:
    """Return the same for texts; Python reads client certificates from files only, so they are files for a moment."""
    with tempfile.TemporaryDirectory(prefix="docker-plugin-") as directory:  # mode 0700
        for name, text in (("ca.pem", ca), ("cert.pem", certificate), ("key.pem", key)):
            (Path(directory) / name).write_text(text)
        return context_of_files(Path(directory))


class TlsAdapter(requests.adapters.HTTPAdapter):
    """Sends requests over TLS with these settings."""

    def __init__(self, context: ssl.SSLContext, connections: int) -> None:
        self._context = context
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def init_poolmanager(self, *args: Any, **more: Any) -> None:  # noqa: ANN401 - passed on as they are
        """Put the settings into every connection."""
        super().init_poolmanager(*args, **more, ssl_context=self._context)

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:  # noqa: ANN401
        """Leave trust to the settings: the library would add the authorities of its own bundle."""
