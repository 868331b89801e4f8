"""The certificate of the emulated cloud and the authority behind it, made once for as long as the cloud is there.

The authority's key is not kept: there is nothing else that it is to sign.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from plugins.slipway import x509

if TYPE_CHECKING:
    from pathlib import Path

    from toolchain.emulator.settings import CloudSettings

VALIDITY_DAYS = 825
"""What every client accepts of a certificate."""


def ensure_certificates(settings: CloudSettings) -> None:
    """Make the authority and the certificate of the API, unless they are there."""
    if settings.ca_file.exists() and settings.key_file.exists() and settings.certificate_file.exists():
        return
    authority = x509.new_authority(f"emulated cloud of {settings.environment}", VALIDITY_DAYS)
    subject = x509.Subject(
        common_name=settings.gateway,
        dns_names=("localhost", f"*.dkr.ecr.{settings.region}.amazonaws.com"),
        ip_addresses=(settings.gateway, "127.0.0.1"),
    )
    issued = x509.issue(subject, VALIDITY_DAYS, authority.certificate_pem, authority.private_key_pem)
    _write(settings.key_file, issued.private_key_pem)
    _write(settings.certificate_file, issued.certificate_pem)
    _write(settings.ca_file, authority.certificate_pem)


def trust(settings: CloudSettings) -> ssl.SSLContext:
    """Return what trusts the cloud and nobody else."""
    return ssl.create_default_context(cafile=str(settings.ca_file))


def _write(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.write_text(content)
