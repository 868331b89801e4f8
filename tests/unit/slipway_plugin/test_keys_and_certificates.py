"""Password, SshKey, CertificateAuthority and Certificate: what is kept, what is made anew, what a preview says.

The certificates' own correctness is in test_x509.
"""

import datetime as dt
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context, Resource
from plugins.rpc.values import UNKNOWN, Secret, contains_unknown, reveal
from plugins.slipway.resources.certificate import CertificateResource
from plugins.slipway.resources.certificate_authority import CertificateAuthorityResource
from plugins.slipway.resources.password import ALPHABET, PasswordResource
from plugins.slipway.resources.ssh_key import SshKeyResource

SOON = (dt.datetime.now(dt.UTC) + dt.timedelta(days=20)).isoformat().replace("+00:00", "Z")


async def make(resource: Resource, **inputs: Any) -> tuple[dict[str, Any], dict[str, Any]]:  # noqa: ANN401
    """Return checked inputs and outputs."""
    result = await resource.check(Context(), None, inputs)
    assert not result.failures
    created = await resource.create(Context(), result.inputs)
    assert created.id
    return result.inputs, created.outputs


async def test_password_is_secret_random_and_as_long_as_asked() -> None:
    made = [(await make(PasswordResource(), length=24))[1]["value"] for _ in range(2)]
    assert all(isinstance(value, Secret) and set(value.value) <= set(ALPHABET) for value in made)
    assert [len(value.value) for value in made] == [24, 24]
    assert made[0] != made[1]


@pytest.mark.parametrize("length", [0, 11, 513, "x"])
async def test_password_of_another_length_is_refused(length: object) -> None:
    assert (await PasswordResource().check(Context(), None, {"length": length})).failures


async def test_password_is_replaced_only_for_another_length() -> None:
    inputs, outputs = await make(PasswordResource())
    assert not (await PasswordResource().diff(Context(), "x", inputs, outputs, inputs)).changes
    diff = await PasswordResource().diff(Context(), "x", inputs, outputs, {"length": 12})
    assert list(diff.replaces) == ["length"]


async def test_ssh_key_is_a_pair_and_survives_another_comment() -> None:
    resource = SshKeyResource()
    inputs, outputs = await make(resource, comment="me@here")
    key = serialization.load_ssh_private_key(reveal(outputs["privateKey"]).encode(), None)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    assert outputs["publicKey"] == f"{public.decode()} me@here"
    news = {"comment": "you"}
    changed = await resource.update(Context(), "x", inputs, outputs, news)
    assert changed["publicKey"] == f"{public.decode()} you"
    assert changed["privateKey"] == outputs["privateKey"]


@pytest.mark.parametrize("resource", [PasswordResource(), SshKeyResource(), CertificateAuthorityResource()])
async def test_preview_makes_nothing_and_knows_no_secret(resource: Resource) -> None:
    checked = await resource.check(Context(), None, {"commonName": "x"})
    created = await resource.create(Context(preview=True), checked.inputs)
    assert created.id == ""
    assert contains_unknown(created.outputs)


async def test_authority_is_renewed_with_its_key_and_replaced_for_another_name() -> None:
    resource = CertificateAuthorityResource()
    inputs, outputs = await make(resource, commonName="a")
    assert not (await resource.diff(Context(), "x", inputs, outputs, inputs)).changes
    due = await resource.diff(Context(), "x", inputs, {**outputs, "notAfter": SOON}, inputs)
    assert (set(due.detailed), list(due.replaces)) == ({"notAfter"}, [])
    renewed = await resource.update(Context(), "x", inputs, outputs, inputs)
    assert reveal(renewed["privateKeyPem"]) == reveal(outputs["privateKeyPem"])
    other = await resource.diff(Context(), "x", inputs, outputs, {**inputs, "commonName": "b"})
    assert list(other.replaces) == ["commonName"]


async def authority() -> dict[str, Any]:
    outputs = (await make(CertificateAuthorityResource(), commonName="a"))[1]
    # A program may pass the key on without its mark; the state must hold it as a secret all the same.
    return {
        "caCertificatePem": outputs["certificatePem"],
        "caPrivateKeyPem": reveal(outputs["privateKeyPem"]),
        "commonName": "x",
    }


async def test_certificate_is_reissued_in_place_when_its_end_is_near_or_an_input_changes() -> None:
    resource = CertificateResource()
    inputs, outputs = await make(resource, **await authority(), dnsNames=["x.y"])
    assert isinstance(inputs["caPrivateKeyPem"], Secret)
    assert isinstance(outputs["privateKeyPem"], Secret)
    assert not (await resource.diff(Context(), "x", inputs, outputs, inputs)).changes
    due = await resource.diff(Context(), "x", inputs, {**outputs, "notAfter": SOON}, inputs)
    assert set(due.detailed) == {"notAfter"}
    changed = await resource.diff(Context(), "x", inputs, outputs, {**inputs, "dnsNames": ["x.z"]})
    assert (set(changed.detailed), list(changed.replaces)) == ({"dnsNames[0]"}, [])
    reissued = await resource.update(Context(), "x", inputs, outputs, inputs)
    assert reissued["certificatePem"] != outputs["certificatePem"]


async def test_certificate_names_what_is_wrong() -> None:
    failures = (await CertificateResource().check(Context(), None, {"ipAddresses": ["1.2.3", UNKNOWN]})).failures
    assert {failure.property for failure in failures} == {
        "caCertificatePem",
        "caPrivateKeyPem",
        "commonName",
        "ipAddresses[0]",
    }


async def test_certificate_with_a_key_that_is_none_says_what_to_check() -> None:
    inputs = {**await authority(), "caPrivateKeyPem": "nonsense"}
    with pytest.raises(ResourceFailed, match="Certificate 'x': cannot be issued"):
        await make(CertificateResource(), **inputs)
