"""The resource type ``slipway:index:Password``.

It draws a password once and never looks at it again; it stores nothing outside the state.
"""

import secrets
import string

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
from plugins.rpc.values import UNKNOWN, Secret

# Letters and digits only: such a password needs no quoting in a shell, URL, YAML file or htpasswd line.
ALPHABET = string.ascii_letters + string.digits
DEFAULT_LENGTH = 32
LENGTHS = range(12, 513)


# 190 bits of randomness need no slow hash, and a registry verifies the login on every single request.
BCRYPT_ROUNDS = 5


def bcrypt_hash(password: str) -> str:
    """Return the password as an htpasswd file holds it."""
    import bcrypt  # noqa: PLC0415 - only the creation of a password needs it

    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(BCRYPT_ROUNDS)).decode()


def new_password(length: int) -> str:
    """Return ``length`` characters from the system's random source."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


class PasswordResource(Resource):
    """A random password; another length means another password."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Fill in the default length and refuse one that is out of range."""
        del ctx, olds
        length = news.get("length")
        length = DEFAULT_LENGTH if length is None else length
        failures = []
        if length is not UNKNOWN and length not in LENGTHS:
            failures.append(Failure("length", f"is {length}, but a password has 12 to 512 characters"))
        return CheckResult({"length": length}, failures)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Replace the password when its length changes."""
        del ctx, id, old_state
        if old_inputs.get("length") == news["length"]:
            return DiffResult(changes=False)
        return DiffResult(
            changes=True, replaces=["length"], detailed={"length": PropertyChange(ChangeKind.UPDATE_REPLACE)}
        )

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Draw the password."""
        if ctx.preview:
            return Created("", {**inputs, "value": Secret(UNKNOWN), "bcrypt": Secret(UNKNOWN)})
        value = new_password(inputs["length"])
        # bcrypt reads 72 bytes at most; a longer password is for other uses than htpasswd.
        outputs = {**inputs, "value": Secret(value), "bcrypt": Secret(bcrypt_hash(value[:72]))}
        return Created(f"password-{secrets.token_hex(4)}", outputs)

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Refuse: a change always replaces."""
        del ctx, id, old_inputs, old_state, news
        raise ResourceFailed("A password is replaced, never updated; this is a defect of the slipway plugin.")

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Nothing but the state holds the password."""
