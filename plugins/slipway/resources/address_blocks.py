"""The resource type ``slipway:index:AddressBlocks``.

It gives each name a block of addresses and remembers it; it knows no address, and nothing but the state holds anything.
"""

import secrets
from collections.abc import Mapping, Sequence

from plugins.rpc.diff import structural_diff
from plugins.rpc.resource import CheckResult, Context, Created, DiffResult, Failure, Properties, Resource
from plugins.rpc.values import contains_unknown


def assign(
    names: Sequence[str], count: int, before: Mapping[str, int] | None = None, latest: int = -1
) -> tuple[dict[str, int], int]:
    """Give every name a block of its own.

    A name keeps the block that it has. A new one gets the next in turn after the latest that was given: a block that
    has just become free may still be in use by what is about to go, so its turn comes last.

    Args:
        names: At most ``count`` different names, in the order in which new ones choose.
        count: How many blocks there are.
        before: Name -> block, as it was; blocks are counted from 0.
        latest: The block that was given last; -1 at the beginning.

    Returns:
        Name -> block, and the block that was given last.
    """
    before = before or {}
    given = {name: before[name] for name in names if before.get(name, count) < count}
    for name in names:
        if name in given:
            continue
        turn = [(latest + 1 + step) % count for step in range(count)]
        free = [block for block in turn if block not in given.values()]
        latest = next((block for block in free if block not in before.values()), free[0])
        given[name] = latest
    return given, latest


class AddressBlocksResource(Resource):
    """Blocks by name, each kept for as long as its name is declared."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Refuse names that are there twice, and more names than there are blocks."""
        del ctx, olds
        if contains_unknown(news):
            return CheckResult(news)
        missing = [
            Failure(name, f"is missing; expected {what}")
            for name, what in (("names", "a list of names"), ("count", "how many blocks there are"))
            if news.get(name) is None
        ]
        if missing:
            return CheckResult(news, missing)
        names, count = news["names"], int(news["count"])
        failures = []
        if len(set(names)) < len(names):
            failures.append(Failure("names", "has a name twice; expected different names"))
        if len(names) > count:
            failures.append(Failure("names", f"are {len(names)}, and there are {count} blocks"))
        return CheckResult({"names": names, "count": count}, failures)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Names in another order are the same names."""
        del ctx, id, old_state
        before, after = ({**each, "names": sorted(each["names"])} for each in (old_inputs, news))
        detailed = structural_diff(before, after)
        return DiffResult(bool(detailed), detailed=detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Give each name a block, in their order; known in a preview, too."""
        return Created("" if ctx.preview else f"blocks-{secrets.token_hex(4)}", _outputs(inputs, {}))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Give new names blocks; the others keep theirs."""
        del ctx, id, old_inputs
        return _outputs(news, old_state)

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Nothing but the state holds the blocks."""


def _outputs(inputs: Properties, state: Properties) -> Properties:
    before = {name: int(block) for name, block in state.get("blocks", {}).items()}
    blocks, latest = assign(inputs["names"], inputs["count"], before, int(state.get("latest", -1)))
    return {**inputs, "blocks": blocks, "latest": latest}
