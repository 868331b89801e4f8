"""The resource classes, with Pulumi's mocks in place of the engine.

The mocks answer in the state's spelling, so a wrong property name shows up as a missing output.
"""

from pathlib import Path
from typing import Any

import pulumi

from plugins.slipway import sdk

OUTPUTS = {"value": "v", "privateKeyPem": "k", "certificatePem": "c", "notAfter": "n", "lastRunAt": "t", "imageId": "i"}


class Mocks(pulumi.runtime.Mocks):
    """Records what is registered."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """Answer with the inputs and some outputs."""
        self.inputs[args.typ] = args.inputs
        return "id", {**args.inputs, **OUTPUTS}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[Any, Any]:
        """No resource class calls functions."""
        raise AssertionError(args)


async def test_properties_have_the_states_spelling_and_python_names(tmp_path: Path) -> None:
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks)
    (tmp_path / "main.yml").write_text("[]")
    authority = sdk.CertificateAuthority("ca", common_name="x")
    certificate = sdk.Certificate(
        "c", ca_certificate_pem=authority.certificate_pem, ca_private_key_pem="plain", common_name="y", dns_names=["z"]
    )
    machine = sdk.Machine(name="a", address="b", hostKey="ssh-ed25519 AAAA")
    run = sdk.AnsibleRun(
        "r",
        playbook="main.yml",
        playbook_directory=str(tmp_path),
        hosts=[machine],
        ssh_private_key="plain",
        variables={"snake_case": {"camelCase": 1}},
    )
    image = sdk.EngineImage("i", layout="l", name="n:1", digest="d")
    outputs = pulumi.Output.all(certificate.not_after, run.last_run_at, image.image_id, authority.private_key_pem)
    assert await outputs.future() == ["n", "t", "i", "k"]
    assert await certificate.common_name.future() == "y"
    given = mocks.inputs["slipway:index:AnsibleRun"]
    assert given["hosts"] == [{"name": "a", "address": "b", "hostKey": "ssh-ed25519 AAAA"}]
    assert given["variables"] == {"snake_case": {"camelCase": 1}}
    assert given["digest"].startswith("sha256:")
