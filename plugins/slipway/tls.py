"""Makes HTTP clients that trust one authority and may connect to another address than the one they name.

It verifies always; there is no switch to turn that off.
"""

import ssl
from typing import Any

import httpx

from plugins.rpc.errors import ResourceFailed

CONNECT_SECONDS = 5.0


def trusting_client(ca_pem: str | None, **options: Any) -> httpx.AsyncClient:  # noqa: ANN401 - httpx's own options
    """Return a client that trusts the authority, or the system's ones without it; proxies do not apply.

    Raises:
        ResourceFailed: ``ca_pem`` is no certificate.
    """
    context = ssl.create_default_context()
    if ca_pem:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cadata=ca_pem)
        except (ssl.SSLError, ValueError) as error:
            raise ResourceFailed(f"caPem holds no PEM certificate: {error}.") from error
    timeout = httpx.Timeout(options.pop("timeout", 60.0), connect=CONNECT_SECONDS)
    return httpx.AsyncClient(verify=context, timeout=timeout, trust_env=False, **options)


def is_starting(error: Exception) -> bool:
    """Say whether a server may just not be up yet: it refuses connections or drops them, but its identity is right."""
    passing = isinstance(error, httpx.NetworkError | httpx.TimeoutException | httpx.RemoteProtocolError)
    return passing and not is_untrusted(error)


def is_untrusted(error: BaseException | None) -> bool:
    """Say whether a connection failed because the server's certificate is not the expected one."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
