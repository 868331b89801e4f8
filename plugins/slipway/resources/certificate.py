"""The resource type ``slipway:index:Certificate``.

It issues a key and a certificate from an authority given as PEM; it installs neither.
"""

import ipaddress
import secrets
from typing import Any

from plugins.rpc.diff import structural_diff
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import (
    ChangeKind,
    CheckResult,
    Context,
    Created,
    DiffResult,
    Failure,
    Properties,
    PropertyChange,
    Resource,
)
from plugins.rpc.values import UNKNOWN, Secret, reveal
from plugins.slipway.x509 import Subject, issue, renewal_is_due

DEFAULTS: dict[str, Any] = {
    "dnsNames": [],
    "ipAddresses": [],
    "validityDays": 365,
    "serverAuth": True,
    "clientAuth": False,
}
REQUIRED = ("caCertificatePem", "caPrivateKeyPem", "commonName")


class CertificateResource(Resource):
    """A certificate; every change reissues it in place."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Fill in defaults and refuse addresses that are none."""
        del ctx, olds
        given = {key: value for key, value in news.items() if value is not None}
        inputs = {**DEFAULTS, **given}
        failures = [Failure(name, "is missing") for name in REQUIRED if name not in given]
        if not failures:
            inputs["caPrivateKeyPem"] = Secret(reveal(inputs["caPrivateKeyPem"]))
        addresses = inputs["ipAddresses"]
        for index, address in enumerate(addresses if isinstance(addresses, list) else []):
            if isinstance(address, str) and not _is_address(address):
                failures.append(Failure(f"ipAddresses[{index}]", f"'{address}' is no IP address"))
        return CheckResult(inputs, failures)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Reissue when an input changes or when the certificate comes within 30 days of its end."""
        del ctx, id
        detailed = structural_diff(old_inputs, news)
        if not detailed and renewal_is_due(old_state["notAfter"], old_inputs["validityDays"]):
            detailed["notAfter"] = PropertyChange(ChangeKind.UPDATE, input_diff=False)
        return DiffResult(bool(detailed), detailed=detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Issue the certificate."""
        return Created("" if ctx.preview else f"certificate-{secrets.token_hex(4)}", _outputs(ctx, inputs))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Issue it anew, with a new key."""
        del id, old_inputs, old_state
        return _outputs(ctx, news)

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Nothing but the state holds the certificate; there is no revocation list."""


def _outputs(ctx: Context, inputs: Properties) -> Properties:
    if ctx.preview:
        return {**inputs, "certificatePem": UNKNOWN, "privateKeyPem": Secret(UNKNOWN), "notAfter": UNKNOWN}
    plain = reveal(inputs)
    subject = Subject(
        common_name=plain["commonName"],
        dns_names=plain["dnsNames"],
        ip_addresses=plain["ipAddresses"],
        server_auth=plain["serverAuth"],
        client_auth=plain["clientAuth"],
    )
    try:
        issued = issue(subject, plain["validityDays"], plain["caCertificatePem"], plain["caPrivateKeyPem"])
    except (TypeError, ValueError) as error:
        raise ResourceFailed(
            f"Certificate '{subject.common_name}': cannot be issued: {error}\n"
            "Check its names and that caCertificatePem and caPrivateKeyPem are the outputs of a CertificateAuthority."
        ) from error
    return {
        **inputs,
        "certificatePem": issued.certificate_pem,
        "privateKeyPem": Secret(issued.private_key_pem),
        "notAfter": issued.not_after,
    }


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
