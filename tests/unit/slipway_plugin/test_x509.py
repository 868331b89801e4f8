"""Authorities and certificates, judged by OpenSSL's own handshake rather than by reading fields.

No server is started: both ends talk through memory.
"""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from cryptography import x509

from plugins.slipway.x509 import Issued, Subject, issue, new_authority, renewal_is_due

AUTHORITY = new_authority("slipway test", 30)
SUBJECT = Subject("registry", dns_names=["registry.test"], ip_addresses=["10.0.0.2", "fd00::2"])


def handshake(directory: Path, certificate: Issued, ca_pem: str, server_name: str) -> None:
    """Let a client check a server; raises what OpenSSL raises."""
    pem = directory / "server.pem"
    pem.write_text(certificate.private_key_pem + certificate.certificate_pem)
    server_context, client_context = (
        ssl.SSLContext(protocol) for protocol in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT)
    )
    server_context.load_cert_chain(pem)
    client_context.load_verify_locations(cadata=ca_pem)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(back, there, server_hostname=server_name)
    server = server_context.wrap_bio(there, back, server_side=True)
    for end in (client, server, client, server):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue


@pytest.mark.parametrize("name", ["registry.test", "10.0.0.2", "fd00::2"])
def test_client_accepts_every_name_of_the_certificate(tmp_path: Path, name: str) -> None:
    certificate = issue(SUBJECT, 10, AUTHORITY.certificate_pem, AUTHORITY.private_key_pem)
    handshake(tmp_path, certificate, AUTHORITY.certificate_pem, name)


def test_client_refuses_another_name_and_another_authority(tmp_path: Path) -> None:
    certificate = issue(SUBJECT, 10, AUTHORITY.certificate_pem, AUTHORITY.private_key_pem)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(tmp_path, certificate, AUTHORITY.certificate_pem, "other.test")
    with pytest.raises(ssl.SSLCertVerificationError, match=r"unable to get local issuer|signature failure"):
        handshake(tmp_path, certificate, new_authority("slipway test", 30).certificate_pem, "registry.test")


def test_server_use_is_refused_for_a_client_certificate(tmp_path: Path) -> None:
    subject = Subject("client", dns_names=["registry.test"], server_auth=False, client_auth=True)
    certificate = issue(subject, 10, AUTHORITY.certificate_pem, AUTHORITY.private_key_pem)
    with pytest.raises(ssl.SSLCertVerificationError, match="purpose"):
        handshake(tmp_path, certificate, AUTHORITY.certificate_pem, "registry.test")


def test_renewed_authority_keeps_what_it_issued_valid(tmp_path: Path) -> None:
    certificate = issue(SUBJECT, 10, AUTHORITY.certificate_pem, AUTHORITY.private_key_pem)
    renewed = new_authority("slipway test", 60, AUTHORITY.private_key_pem)
    assert renewed.certificate_pem != AUTHORITY.certificate_pem
    handshake(tmp_path, certificate, renewed.certificate_pem, "registry.test")


def test_certificate_never_outlives_its_authority() -> None:
    assert issue(SUBJECT, 999, AUTHORITY.certificate_pem, AUTHORITY.private_key_pem).not_after == AUTHORITY.not_after


def test_names_are_those_asked_for() -> None:
    pem = issue(SUBJECT, 10, AUTHORITY.certificate_pem, AUTHORITY.private_key_pem).certificate_pem
    names = x509.load_pem_x509_certificate(pem.encode()).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["registry.test"]
    assert names.value.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("10.0.0.2"),
        ipaddress.ip_address("fd00::2"),
    ]


@pytest.mark.parametrize(
    ("days_left", "validity_days", "due"),
    [(31, 365, False), (30, 365, True), (-1, 365, True), (5, 10, False), (3, 10, True)],
)
def test_renewal_window(days_left: int, validity_days: int, due: bool) -> None:  # noqa: FBT001
    now = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    not_after = (now + dt.timedelta(days=days_left)).isoformat().replace("+00:00", "Z")
    assert renewal_is_due(not_after, validity_days, now) is due
