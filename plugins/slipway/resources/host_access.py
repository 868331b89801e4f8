"""The resource type ``slipway:index:HostAccess``.

It gives slipway an account of its own on a host that exists already; what is done there later is for ``AnsibleRun``.
"""

from plugins.rpc.creation_journal import UNRECORDED
from plugins.rpc.diff import mark_replacements, structural_diff
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import CheckResult, Context, Created, DiffResult, Failure, Properties, ReadResult, Resource
from plugins.rpc.values import UNKNOWN
from plugins.slipway.first_login import FirstLogin, UnreachableHostError

REQUIRED = ("address", "hostKey", "user", "account", "authorizedKey")
REPLACING = ("address", "account")
# They only say how to get in, so a change of one is no reason to go there.
NO_REASON_TO_ACT = frozenset({"user", "keyFile", "port", "jump"})


class HostAccessResource(Resource):
    """An account on a host; another key is put there in place, another address or account replaces."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Want what a login needs."""
        del ctx, olds
        inputs = {"port": 22, **{key: value for key, value in news.items() if value is not None}}
        return CheckResult(inputs, [Failure(key, "is missing") for key in REQUIRED if not inputs.get(key)])

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare all; what only says how to get in is kept for the next time, what a killed run began is made now."""
        del ctx, id
        detailed = structural_diff(old_inputs, news)
        replaces = mark_replacements(detailed, REPLACING)
        return DiffResult(bool(detailed) or "machineId" not in old_state, replaces, bool(replaces), detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Make the account."""
        if ctx.preview:
            return Created("", {**inputs, "machineId": UNKNOWN})
        return Created(_id(inputs), await _made(inputs))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Bring the account up to date when what is on the host differs."""
        del id
        before, after = ({k: v for k, v in each.items() if k not in NO_REASON_TO_ACT} for each in (old_inputs, news))
        known = old_state.get("machineId") if before == after else None
        if known or ctx.preview:
            return {**news, "machineId": known or UNKNOWN}
        return await _made(news)

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Keep what is known: whether a host still lets us in is told by whatever comes in through the account."""
        del ctx
        if not inputs:
            raise ResourceFailed(f"HostAccess {id}: it cannot be imported; declare it, and the account is made.")
        if id == UNRECORDED:
            return ReadResult(_id(inputs), inputs, state)
        return ReadResult(id, inputs, state)

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Remove the account; a host that is gone has none."""
        del id, state
        try:
            await _login(inputs).run_as_root("remove_account.sh", inputs["account"])
        except UnreachableHostError as error:
            await ctx.log("warning", f"{error}\nThe account '{inputs['account']}' stays there, should it come back.")


def _id(inputs: Properties) -> str:
    return f"{inputs['account']}@{inputs['address']}"


async def _made(inputs: Properties) -> Properties:
    try:
        text = await _login(inputs).run_as_root("make_account.sh", inputs["account"], inputs["authorizedKey"].strip())
    except UnreachableHostError as error:
        raise ResourceFailed(f"{error}\nCheck that it runs, and its address and port.") from error
    return {**inputs, "machineId": text.strip()}


def _login(inputs: Properties) -> FirstLogin:
    jump = inputs.get("jump")
    return FirstLogin(
        address=inputs["address"],
        port=int(inputs.get("port") or 22),
        host_key=inputs["hostKey"],
        user=inputs["user"],
        key_file=inputs.get("keyFile"),
        jump=_login(jump) if jump else None,
    )
