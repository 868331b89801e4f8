"""The resource type ``slipway:aws:KeyPair``: a public key that is made known to EC2.

No private key comes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from plugins.rpc.schema import STRING
from plugins.rpc.values import within
from plugins.slipway.aws import tags
from plugins.slipway.aws.ec2_resource import Ec2Resource
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

PUBLIC_KEY = STRING.matching(
    r"(ssh-ed25519|ssh-rsa) [A-Za-z0-9+/=]+( .*)?\s*", "an OpenSSH public key of type ssh-ed25519 or ssh-rsa"
)


class KeyPair(Ec2Resource):
    """A public key that machines can be launched with; its name at AWS is a generated one."""

    noun = "KeyPair"
    listing = ("describe_key_pairs", "KeyPairs", "KeyPairId")
    inputs: ClassVar = {**TAGGED, "publicKey": PUBLIC_KEY.needed.forces}
    outputs = ("keyName", "fingerprint")

    def normalized(self, inputs: Properties) -> Properties:
        """Drop the key's comment: AWS does not keep it."""
        return {**inputs, "publicKey": within(inputs["publicKey"], _without_comment)}

    async def make(self, api: Api, wanted: Properties) -> str:
        """Import the key."""
        answer = await api.ec2(
            "import_key_pair",
            KeyName=api.unique_name(wanted.get("name") or api.ctx.name),
            PublicKeyMaterial=wanted["publicKey"].encode(),
            TagSpecifications=tags.specification("key-pair", wanted["tags"], api.token),
        )
        return str(answer["KeyPairId"])

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the key."""
        pairs = await api.listed("ec2", "describe_key_pairs", "KeyPairs", KeyPairIds=[id], IncludePublicKey=True)
        found = next((pair for pair in pairs if pair["KeyPairId"] == id), None)
        if found is None:
            return None
        # Not every endpoint that speaks EC2's protocol shows the key itself.
        key = {"publicKey": _without_comment(found["PublicKey"])} if found.get("PublicKey") else {}
        return {
            **key,
            "keyName": found["KeyName"],
            "fingerprint": found["KeyFingerprint"],
            "tags": tags.from_api(found.get("Tags")),
        }

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the key; machines that have it keep it."""
        named = {"KeyName": state["keyName"]} if state.get("keyName") else {"KeyPairId": id}
        await api.ec2("delete_key_pair", **named)


def _without_comment(key: str) -> str:
    return " ".join(key.split()[:2])
