"""Makes the certificates of a control plane that lives for one test session.

They are good for loopback only; slipway's own certificates are made by its plugin, not here.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class KeyPair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> str:
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """The key as text, in the form that kube-apiserver reads."""
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode()


def make_authority(name: str) -> KeyPair:
    key = ec.generate_private_key(ec.SECP256R1())
    return KeyPair(_sign(name, "", key, None, authority=True, days=1), key)


def make_server(authority: KeyPair) -> KeyPair:
    key = ec.generate_private_key(ec.SECP256R1())
    return KeyPair(_sign("kube-apiserver", "", key, authority, authority=False, days=1), key)


def make_client(authority: KeyPair, user: str, group: str = "", *, days: int = 1) -> KeyPair:
    """Make a client certificate; negative ``days`` make one that has expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    return KeyPair(_sign(user, group, key, authority, authority=False, days=days), key)


def _sign(
    name: str, group: str, key: ec.EllipticCurvePrivateKey, issuer: KeyPair | None, *, authority: bool, days: int
) -> x509.Certificate:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if group:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    subject = x509.Name(attributes)
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 3 * _DAY)
        .not_valid_after(now + days * _DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if not authority:
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(issuer.key if issuer else key, hashes.SHA256())
