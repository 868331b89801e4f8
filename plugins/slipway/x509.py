"""Issues certificate authorities and certificates (ECDSA P-256, X.509 v3 as RFC 5280 wants them).

It keeps nothing: keys and certificates go in and come out as PEM text.
"""

import datetime as dt
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# Clocks of machines that just booted may lag; a certificate from the future would be refused there.
BACKDATED = dt.timedelta(minutes=10)
RENEWAL_WINDOW = dt.timedelta(days=30)


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key."""

    certificate_pem: str
    private_key_pem: str
    not_after: str
    """RFC 3339, UTC."""


@dataclass(frozen=True)
class Subject:
    """What a certificate is for."""

    common_name: str
    dns_names: Sequence[str] = ()
    ip_addresses: Sequence[str] = ()
    server_auth: bool = True
    client_auth: bool = False


def new_authority(common_name: str, validity_days: int, private_key_pem: str | None = None) -> Issued:
    """Return a self-signed authority, with the given key when there is one, so that what it issued stays valid."""
    key = _load_key(private_key_pem) if private_key_pem else ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    usage = _key_usage(key_cert_sign=True, crl_sign=True)
    builder = (
        _builder(name, name, key, validity_days)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return _issued(builder.sign(key, hashes.SHA256()), key)


def issue(subject: Subject, validity_days: int, ca_certificate_pem: str, ca_private_key_pem: str) -> Issued:
    """Return a new key and a certificate for it, signed by the authority; it never outlives the authority."""
    authority = x509.load_pem_x509_certificate(ca_certificate_pem.encode())
    authority_key = _load_key(ca_private_key_pem)
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
    builder = (
        _builder(_name(subject.common_name), authority.subject, key, validity_days, authority.not_valid_after_utc)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(digital_signature=True), critical=True)
        .add_extension(issuer_key, critical=False)
    )
    usages = [oid for wanted, oid in _usages(subject) if wanted]
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    names = _alternative_names(subject)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _issued(builder.sign(authority_key, hashes.SHA256()), key)


def renewal_is_due(not_after: str, validity_days: int, now: dt.datetime | None = None) -> bool:
    """Say whether a certificate ends within 30 days, or within the last third of a shorter life."""
    window = min(RENEWAL_WINDOW, dt.timedelta(days=validity_days) / 3)
    return dt.datetime.fromisoformat(not_after) - (now or _now()) <= window


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(microsecond=0)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usages(subject: Subject) -> list[tuple[bool, x509.ObjectIdentifier]]:
    return [
        (subject.server_auth, ExtendedKeyUsageOID.SERVER_AUTH),
        (subject.client_auth, ExtendedKeyUsageOID.CLIENT_AUTH),
    ]


def _alternative_names(subject: Subject) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in subject.dns_names]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in subject.ip_addresses]
    return names


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    validity_days: int,
    latest: dt.datetime | None = None,
) -> x509.CertificateBuilder:
    now = _now()
    end = now + dt.timedelta(days=validity_days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(min(end, latest) if latest else end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _load_key(pem: str) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"The authority's key is of type {type(key).__name__}; only ECDSA keys are supported.")
    return key


def _issued(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Issued:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Issued(
        certificate_pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        private_key_pem=private.decode(),
        not_after=certificate.not_valid_after_utc.isoformat().replace("+00:00", "Z"),
    )
