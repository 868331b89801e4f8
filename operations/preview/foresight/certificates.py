"""Certificates that expire within 30 days: those that the stack issues, and those that are served or log in now.

It deliberately tells what this very update renews as a notice only: nobody has to do anything about it.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from typing import TYPE_CHECKING, Final

from cryptography import x509

from operations.health.kubernetes_api import parse_kubeconfig
from operations.preview.finding import Finding
from operations.preview.foresight.live import TIMEOUT_SECONDS, Access, client_certificate
from operations.preview.values import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.preview.plan import Plan

SOON: Final = dt.timedelta(days=30)
ISSUED: Final = ("slipway:index:Certificate", "slipway:index:CertificateAuthority")


def find_expiring(plan: Plan, access: Access | None, now: dt.datetime) -> tuple[list[Finding], list[str]]:
    """Return a finding for each certificate that expires soon, and which ones could not be looked at."""
    findings = [*_issued(plan, now)]
    silent: list[str] = []
    if access is None:
        return findings, silent
    if pem := client_certificate(access):
        advice = "Renew it on the control planes: kubeadm certs renew all."
        findings += _look("the kubeconfig's client certificate", pem, now, advice)
    for name, address, server_name, ca_pem in _endpoints(access):
        try:
            pem = served_certificate(address, server_name, ca_pem)
        except ssl.SSLCertVerificationError as error:
            text = f"Its certificate is refused: {error.verify_message}."
            findings.append(_finding(name, "error", text, "Renew it; nobody can connect."))
        except OSError as error:
            silent.append(f"{name} ({address}) does not answer ({type(error).__name__}): no certificate was seen.")
        else:
            findings += _look(name, pem, now, "Renew it: `kubeadm certs renew`, or the resource that issues it.")
    return findings, silent


def _issued(plan: Plan, now: dt.datetime) -> Iterator[Finding]:
    for each in plan.resources:
        if each.type not in ISSUED or not each.stays or each.action == "create":
            continue
        until = _moment(value_at(each.old_outputs, "notAfter"))
        if until is None or until - now > SOON:
            continue
        if each.is_changed:
            text = f"It {_ends(until, now)}; this update renews it."
            yield _finding(each.name, "notice", text, "Nothing: what uses it is told by the same update.")
        else:
            text = f"It {_ends(until, now)}, and this update does not renew it."
            yield _finding(each.name, _severity(until, now), text, f"Replace it: pulumi up --replace '{each.urn}'.")


def _endpoints(access: Access) -> Iterator[tuple[str, str, str, str]]:
    registry = access.registry
    name = registry.server_name or registry.name.rpartition(":")[0]
    yield "the registry's certificate", registry.address, name, registry.ca_pem
    config = parse_kubeconfig(access.kubeconfig)
    host = config.server.removeprefix("https://")
    yield "the API server's certificate", host, config.server_name or host.rpartition(":")[0], config.ca_pem


def served_certificate(address: str, server_name: str, ca_pem: str) -> str:
    """Return the certificate that an endpoint shows, once it is verified.

    Raises:
        ssl.SSLCertVerificationError: It is not from that authority, not for that name, or not valid any more.
        OSError: Nobody answers.
    """
    host, _, port = address.rpartition(":")
    context = ssl.create_default_context(cadata=ca_pem)
    with (
        socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS) as connection,
        context.wrap_socket(connection, server_hostname=server_name) as secure,
    ):
        return ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True) or b"")


def _look(name: str, pem: str, now: dt.datetime, advice: str) -> Iterator[Finding]:
    until = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    if until - now <= SOON:
        yield _finding(name, _severity(until, now), f"It {_ends(until, now)}.", advice)


def _finding(about: str, severity: str, text: str, advice: str) -> Finding:
    return Finding.model_validate(
        {"check": "certificate", "severity": severity, "about": about, "text": text, "advice": advice}
    )


def _severity(until: dt.datetime, now: dt.datetime) -> str:
    return "error" if until <= now else "warning"


def _ends(until: dt.datetime, now: dt.datetime) -> str:
    days = (until - now).days
    return f"expired on {until:%Y-%m-%d}" if until <= now else f"expires on {until:%Y-%m-%d}, in {days} days"


def _moment(value: object) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
