"""What all AWS resources share: check, diff, preview, creation, refresh, import, update and deletion.

What is particular to a type is in its module: see the package's docstring for how to write one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from plugins.rpc.errors import InitializationFailed, ResourceFailed
from plugins.rpc.resource import CheckResult, Created, DiffResult, Failure, ReadResult, Resource
from plugins.rpc.schema import STRING, STRINGS
from plugins.rpc.schema_check import InputCheck
from plugins.rpc.schema_diff import compare
from plugins.rpc.values import UNKNOWN, reveal
from plugins.slipway.aws import creation, shaping, tags
from plugins.slipway.aws.api import Api
from plugins.slipway.aws.failure import AwsFailed, NothingMade

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from plugins.rpc.resource import Context, Properties
    from plugins.rpc.schema import Property
    from plugins.slipway.aws.account import Account

VISIBLE_SECONDS: Final = 60.0
LOST_SECONDS: Final = 2.0
TAGGED: Final[Mapping[str, Property]] = {"name": STRING, "tags": STRINGS}


class AwsResource(Resource):
    """One type of thing in AWS."""

    noun: ClassVar[str]
    inputs: ClassVar[Mapping[str, Property]]
    """Every input by its name; ``forces`` marks those whose change replaces, ``decided`` those that AWS may choose."""
    outputs: ClassVar[tuple[str, ...]] = ()
    """Outputs that are no inputs, and stay as they are for the thing's whole life."""
    changing_outputs: ClassVar[tuple[str, ...]] = ()
    """Likewise, but an update may change them."""
    limit_seconds: ClassVar[float] = 300
    """How long to wait for anything, unless customTimeouts says otherwise."""
    in_use: ClassVar[frozenset[str]] = frozenset({"DependencyViolation"})
    """Codes with which AWS refuses a deletion while something else still uses the thing."""

    def __init__(self, account: Account) -> None:
        self.account = account

    # -- what a type says -------------------------------------------------------------------------------------

    def problems(self, inputs: Properties) -> list[Failure]:
        """Return what is wrong with inputs that are each acceptable; parts of them may be UNKNOWN."""
        del inputs
        return []

    def normalized(self, inputs: Properties) -> Properties:
        """Return inputs in the one form in which ``describe`` gives them; parts of them may be UNKNOWN or secret."""
        return inputs

    def deletes_first(self, old: Properties, new: Properties) -> bool:
        """Say whether old and new cannot be there at the same time; asked only when something replaces."""
        del old, new
        return False

    def changed_by(self, old: Properties, new: Properties) -> Sequence[str]:
        """Return the outputs that such an update may change."""
        del old, new
        return self.changing_outputs

    async def make(self, api: Api, wanted: Properties) -> str:
        """Ask AWS to make it, marked with ``api.token``, and return its id."""
        raise NotImplementedError

    async def made_before(self, api: Api) -> str | None:
        """Return the id of what a request with this token made.

        None as well where ``make`` itself makes nothing twice for one token, as where that is a part of the name.
        """
        del api
        return None

    async def ready(self, api: Api, id: str) -> None:  # noqa: A002
        """Wait until it can be used."""

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Return inputs and outputs as AWS has them; None when it is gone. What AWS does not tell is left out."""
        raise NotImplementedError

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Change in place what differs between what is there and what is wanted; tags are seen to elsewhere."""

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Ask AWS to remove it; whatever says that it is gone already is no error."""
        raise NotImplementedError

    async def gone(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Wait until it really is gone."""

    async def blockers(self, api: Api, id: str) -> list[str]:  # noqa: A002
        """Return what still uses it, for the message of a deletion that AWS refuses."""
        del api, id
        return []

    async def retag(self, api: Api, id: str, put: dict[str, str], drop: list[str]) -> None:  # noqa: A002
        """Set and remove tags; only for a type that has the input ``tags``."""
        raise NotImplementedError

    # -- what the engine asks ---------------------------------------------------------------------------------

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Validate, fill in defaults, and complete the tags; asks AWS nothing."""
        if olds:
            self.account.in_state.add(ctx.urn)
        judgement = InputCheck(self.noun, "docs/aws-resources.md")
        inputs = judgement.complete(self.inputs, news)
        if "tags" in self.inputs:
            known = self.account.settings.known
            given = tags.completed(inputs.get("tags"), inputs.get("name"), self.account.settings.default_tags)
            inputs["tags"] = given if known else UNKNOWN
        failures = judgement.failures or self.problems(reveal(inputs))
        return CheckResult(shaping.hidden(self.inputs, inputs if failures else self.normalized(inputs)), failures)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare by the schema."""
        del old_state
        creation.shown(self.account, ctx, id)
        detailed, replaces = compare(self._compared, old_inputs, news)
        first = bool(replaces) and self.deletes_first(reveal(old_inputs), reveal(news))
        return DiffResult(bool(detailed), replaces, first, detailed, stables=self.outputs)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Make it, wait for it, and bring it to what is wanted."""
        if ctx.preview:
            return Created("", self._foreseen(inputs))
        wanted = reveal(inputs)
        id, api = await self._made(ctx, wanted)  # noqa: A001
        self.account.creations.made(ctx.urn, id)
        try:
            outputs = await self._brought_to(api, id, inputs)
        except NothingMade:
            self.account.creations.forget(ctx.urn)
            raise
        except ResourceFailed as failed:
            self.account.creations.answered(ctx.urn)
            # It exists: the state must have it, and the next run goes on where this one ended.
            left = {**inputs, **dict.fromkeys(self._all_outputs)}
            raise InitializationFailed(id=id, outputs=left, inputs=inputs, reasons=[str(failed)]) from failed
        self.account.creations.answered(ctx.urn)
        return Created(id, outputs)

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look at it; an import takes its inputs from what is there."""
        del state
        found = await creation.recorded_id(
            self.account, ctx, self.noun, id, lambda token: self.made_before(self._api(ctx, token=token))
        )
        seen = await self._seen(self._api(ctx), found) if found else None
        if found is None or seen is None:
            return None
        current = shaping.current(self.inputs, inputs, seen)
        return ReadResult(found, current, self._joined(current, seen))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Bring what is there to what is wanted, from wherever it is."""
        if ctx.preview:
            told = set(self._all_outputs) - set(self.changed_by(reveal(old_inputs), reveal(news)))
            return {**self._foreseen(news), **{key: old_state[key] for key in told if old_state.get(key) is not None}}
        api = self._api(ctx, patient=True)
        if await self.describe(api, id) is None:
            raise ResourceFailed(f"{api.who}: {id} is gone. Run 'pulumi refresh', then 'pulumi up' makes it again.")
        return await self._brought_to(api, id, news)

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Remove it; what still uses it gets time to go."""
        del inputs
        creation.shown(self.account, ctx, id)
        await self._removed(self._api(ctx), id, reveal(state))
        self.account.creations.recorded(ctx.urn, id)

    # -- helpers of this class --------------------------------------------------------------------------------

    def _api(self, ctx: Context, *, token: str = "", patient: bool = False) -> Api:
        limit = ctx.timeout_seconds or self.limit_seconds
        return Api(self.account, ctx, self.noun, limit, token=token, patient=patient)

    @property
    def _compared(self) -> Mapping[str, Property]:
        """The inputs that can differ; of a name that is only a tag, the tag tells."""
        return {key: item for key, item in self.inputs.items() if key != "name" or item is not TAGGED["name"]}

    async def _made(self, ctx: Context, wanted: Properties) -> tuple[str, Api]:
        """Make it, unless a killed run made it already; from other inputs, that one is removed first."""
        begun = creation.unrecorded(self.account, ctx, self.noun)
        token = begun.identifier if begun else ""
        if token:
            api = self._api(ctx, token=token, patient=True)
            if found := await self.made_before(replace(api, patient=False)):
                seen = await self.describe(api, found)
                if seen and not compare(self._compared, {**wanted, **seen}, wanted)[1]:
                    await ctx.log("info", f"Going on with {found}, which an interrupted run made.")
                    return found, api
                await ctx.log("info", f"Making it anew: an interrupted run made {found} from other inputs.")
                await self._removed(replace(api, patient=False), found, seen or {})
                token = ""
        token = token or creation.begin(self.account, ctx, self.noun)
        api = self._api(ctx, token=token, patient=True)
        try:
            return await self._made_once(api, wanted), api
        except AwsFailed as failed:
            if failed.code and not failed.lost:
                self.account.creations.forget(ctx.urn)  # it was refused, so nothing was made
            raise

    async def _made_once(self, api: Api, wanted: Properties) -> str:
        """Make it; after an answer that got lost, look for what came of the request before it is sent again."""
        try:
            return await self.make(api, wanted)
        except AwsFailed as failed:
            if not failed.lost:
                raise
            await api.ctx.log("warning", f"{failed}\nLooking for what came of it.")
        await api.pause(LOST_SECONDS, "what a lost answer was about")
        return await self.made_before(replace(api, patient=False)) or await self.make(api, wanted)

    async def _brought_to(self, api: Api, id: str, inputs: Properties) -> Properties:  # noqa: A002
        wanted = reveal(inputs)
        await self.ready(api, id)
        seen = await api.wait("it to be visible", lambda: self._seen(api, id), VISIBLE_SECONDS)
        changes, _ = compare(self._compared, {**wanted, **seen}, wanted)
        if changes:
            await self.adjust(api, id, seen, wanted)
            await self._tagged(api, id, seen.get("tags") or {}, wanted.get("tags") or {})
            seen = await self._seen(api, id) or seen
        return self._joined(inputs, seen)

    async def _seen(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Describe it; a name that is only a tag is what the tag says."""
        seen = await self.describe(api, id)
        if seen is not None and self.inputs.get("name") is TAGGED["name"]:
            return {**seen, "name": seen["tags"].get(tags.NAME)}
        return seen

    async def _tagged(self, api: Api, id: str, seen: dict[str, str], wanted: dict[str, str]) -> None:  # noqa: A002
        put = {key: value for key, value in wanted.items() if seen.get(key) != value}
        drop = sorted(seen.keys() - wanted.keys())
        if "tags" in self.inputs and (put or drop):
            await self.retag(api, id, put, drop)

    async def _removed(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove it and wait for its end; AWS may refuse while what uses it is still going."""
        refused: list[AwsFailed] = []

        async def removed() -> bool | None:
            try:
                await self.remove(api, id, state)
            except AwsFailed as failed:
                if failed.code in self.in_use:
                    refused.append(failed)
                    return None
                if not failed.missing:
                    raise
            return True

        try:
            await api.wait("what still uses it to go", removed)
        except ResourceFailed as failed:
            if not refused or failed is refused[-1] or self.account.cancelled.is_set():
                raise
            using = ", ".join(await self.blockers(api, id)) or "nothing that a look finds"
            raise ResourceFailed(f"{refused[-1]}\nStill in the way after {api.limit_seconds:.0f} s: {using}.") from None
        await self.gone(api, id, state)

    @property
    def _all_outputs(self) -> tuple[str, ...]:
        return (*self.outputs, *self.changing_outputs)

    def _foreseen(self, inputs: Properties) -> Properties:
        return shaping.foreseen(self.inputs, self._all_outputs, inputs)

    def _joined(self, inputs: Properties, seen: Properties) -> Properties:
        return shaping.joined(self.inputs, self._all_outputs, inputs, seen)
