"""Certificates as ``dockerd --tlsverify`` wants them: an authority, the engine's own, and a client's.

They live for a day and protect nothing.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def certificate_text(self) -> str:
        """The certificate as PEM."""
        return self.certificate.public_bytes(_PEM).decode()

    def key_text(self) -> str:
        """The key as PEM."""
        plain = serialization.NoEncryption()
        return self.key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, plain).decode()


def make_pair(name: str, issuer: Pair | None = None, address: str = "127.0.0.1") -> Pair:
    """Sign a certificate with ``issuer``, or an authority with itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(alternative, critical=False)
        .sign(issuer.key if issuer else key, hashes.SHA256())
    )
    return Pair(certificate, key)


def write_client(directory: Path, authority: Pair, client: Pair) -> Path:
    """Write what ``certPath`` names."""
    directory.mkdir()
    (directory / "ca.pem").write_text(authority.certificate_text())
    (directory / "cert.pem").write_text(client.certificate_text())
    (directory / "key.pem").write_text(client.key_text())
    return directory


def engine_side(directory: Path, authority: Pair, engine: Pair) -> ssl.SSLContext:
    """Return the TLS settings of an engine that lets in only clients of its authority."""
    files = write_client(directory, authority, engine)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(files / "ca.pem"))
    context.load_cert_chain(str(files / "cert.pem"), str(files / "key.pem"))
    context.verify_mode = ssl.CERT_REQUIRED
    return context
