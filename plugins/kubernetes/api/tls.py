"""Builds the TLS context of a connection from PEM texts.

It keeps no key on disk: OpenSSL wants files, so they exist, readable by their owner only, while it reads them.
"""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

from plugins.kubernetes.api.kubeconfig import Connection, KubeconfigError


def tls_context(connection: Connection) -> ssl.SSLContext:
    """Return a context that trusts the cluster's CA alone, when it names one, and shows the client's certificate.

    Raises:
        KubeconfigError: a certificate or key does not parse.
    """
    try:
        context = ssl.create_default_context(cadata=connection.ca_pem or None)
        if connection.certificate_pem and connection.key_pem:
            _load_client(context, connection.certificate_pem, connection.key_pem)
    except (ssl.SSLError, ValueError) as error:
        raise KubeconfigError(f"{connection.origin}: unusable certificate or key: {error}.") from None
    if not connection.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _load_client(context: ssl.SSLContext, certificate_pem: str, key_pem: str) -> None:
    # mkdtemp makes the folder 0700, so that nobody else can reach the key in the meantime.
    with tempfile.TemporaryDirectory(prefix="slipway-kubernetes-") as folder:
        certificate, key = Path(folder, "client.crt"), Path(folder, "client.key")
        for path, text in ((certificate, certificate_pem), (key, key_pem)):
            path.touch(mode=0o600)
            path.write_text(text, encoding="utf-8")
        context.load_cert_chain(certificate, key)
