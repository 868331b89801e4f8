"""The resource type ``slipway:index:CertificateAuthority``.

It makes a self-signed authority and renews its certificate; issuing others is ``Certificate``.
"""

import secrets

from plugins.rpc.diff import mark_replacements, structural_diff
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
from plugins.slipway.x509 import Issued, new_authority, renewal_is_due

DEFAULT_VALIDITY_DAYS = 3650


class CertificateAuthorityResource(Resource):
    """An authority; a new name means a new one, anything else renews the certificate with the same key."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Fill in the default validity."""
        del ctx, olds
        inputs = {
            "commonName": news.get("commonName"),
            "validityDays": news.get("validityDays") or DEFAULT_VALIDITY_DAYS,
        }
        failures = [] if inputs["commonName"] else [Failure("commonName", "is missing; it names the authority")]
        return CheckResult(inputs, failures)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Replace for another name; renew for another validity or when the end comes near."""
        del ctx, id
        detailed = structural_diff(old_inputs, news)
        replaces = mark_replacements(detailed, ("commonName",))
        if not detailed and renewal_is_due(old_state["notAfter"], old_inputs["validityDays"]):
            detailed["notAfter"] = PropertyChange(ChangeKind.UPDATE, input_diff=False)
        return DiffResult(bool(detailed), replaces=replaces, detailed=detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Make the key and its certificate."""
        if ctx.preview:
            return Created("", _unknown(inputs, Secret(UNKNOWN)))
        issued = new_authority(inputs["commonName"], inputs["validityDays"])
        return Created(f"authority-{secrets.token_hex(4)}", _outputs(inputs, issued))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Renew the certificate with the same key: what the authority issued stays valid."""
        del id, old_inputs
        if ctx.preview:
            return _unknown(news, old_state["privateKeyPem"])
        key = reveal(old_state["privateKeyPem"])
        return _outputs(news, new_authority(news["commonName"], news["validityDays"], key))

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Nothing but the state holds the authority."""


def _outputs(inputs: Properties, issued: Issued) -> Properties:
    return {
        **inputs,
        "certificatePem": issued.certificate_pem,
        "privateKeyPem": Secret(issued.private_key_pem),
        "notAfter": issued.not_after,
    }


def _unknown(inputs: Properties, private_key: Secret) -> Properties:
    return {**inputs, "certificatePem": UNKNOWN, "privateKeyPem": private_key, "notAfter": UNKNOWN}
