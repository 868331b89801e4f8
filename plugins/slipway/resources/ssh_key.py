"""The resource type ``slipway:index:SshKey``.

It makes an Ed25519 key pair once; it installs it nowhere.
"""

import secrets

from plugins.rpc.resource import CheckResult, Context, Created, Properties, Resource
from plugins.rpc.values import UNKNOWN, Secret


def new_key_pair() -> tuple[str, str]:
    """Return a private key in OpenSSH's PEM format and its public key line without a comment."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - not every stack makes keys
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - likewise

    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return private.decode(), public.decode()


class SshKeyResource(Resource):
    """A key pair; only its comment can change."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Fill in an empty comment."""
        del ctx, olds
        return CheckResult({"comment": news.get("comment") or ""})

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Make the pair."""
        if ctx.preview:
            return Created("", {**inputs, "privateKey": Secret(UNKNOWN), "publicKey": UNKNOWN})
        private, public = new_key_pair()
        outputs = {**inputs, "privateKey": Secret(private), "publicKey": _line(public, inputs["comment"])}
        return Created(f"ssh-key-{secrets.token_hex(4)}", outputs)

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Rewrite the public key line with the new comment; the key stays."""
        del ctx, id, old_inputs
        comment = news["comment"]
        public = UNKNOWN if comment is UNKNOWN else _line(old_state["publicKey"], comment)
        return {**news, "privateKey": old_state["privateKey"], "publicKey": public}

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Nothing but the state holds the key."""


def _line(public: str, comment: str) -> str:
    """Return the type and the key of a public key line with another comment."""
    return " ".join([*public.split(" ")[:2], comment]).rstrip()
