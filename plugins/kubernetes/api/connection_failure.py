"""Words for a connection to the API server that did not come about.

It looks at the error and at the certificate that was used, nothing else.
"""

from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from plugins.kubernetes.api.kubeconfig import Connection


def explain_connection_failure(connection: Connection, error: BaseException) -> str:
    """Return what failed, where, and what to do."""
    where = f"The Kubernetes API server {connection.server} (from {connection.origin})"
    if expired := expired_certificate(connection):
        return f"{where} cannot be used: the client certificate in the kubeconfig expired on {expired}. Renew it."
    certificate_error = _in_chain(error, ssl.SSLCertVerificationError)
    if isinstance(certificate_error, ssl.SSLCertVerificationError):
        return (
            f"{where} shows a certificate that does not verify: {certificate_error.verify_message}. The kubeconfig may "
            "be of another cluster, the certificate may have expired, or its names may not include this address."
        )
    if isinstance(error, httpx.ConnectTimeout):
        return f"{where} does not answer: connecting timed out. Check the address, the network and the load balancer."
    if isinstance(error, httpx.TimeoutException):
        return f"{where} accepted the connection but did not answer in time."
    return f"{where} is unreachable: {_root_cause(error)}. Check that it runs and that the kubeconfig is its own."


def expired_certificate(connection: Connection) -> str:
    """Return when the client certificate expired, '' if it did not or there is none."""
    if not connection.certificate_pem:
        return ""
    from cryptography import x509  # noqa: PLC0415 - 10 MiB, for a rare message

    try:
        not_after = x509.load_pem_x509_certificate(connection.certificate_pem.encode()).not_valid_after_utc
    except ValueError:
        return ""
    return not_after.isoformat() if not_after < dt.datetime.now(dt.UTC) else ""


def _in_chain(error: BaseException | None, wanted: type[BaseException]) -> BaseException | None:
    while error is not None:
        if isinstance(error, wanted):
            return error
        error = error.__cause__ or error.__context__
    return None


def _root_cause(error: BaseException) -> str:
    text = str(error) or type(error).__name__
    refused = _in_chain(error, OSError)
    if isinstance(refused, OSError) and refused.strerror:
        return refused.strerror
    return text.removesuffix(".")
