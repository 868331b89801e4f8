"""A provider of three small resource types, and a plugin process when run as a program.

It touches nothing outside its own memory.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from plugins.rpc.errors import InitializationFailed, ResourceFailed
from plugins.rpc.provider import Provider
from plugins.rpc.resource import CheckResult, Context, Created, Failure, Properties, ReadResult, Resource
from plugins.rpc.server import serve
from plugins.rpc.values import contains_unknown, mark_like


class Note(Resource):
    """Keeps a text; says so in the status column."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Refuse an empty text."""
        del ctx, olds
        failures = [] if news.get("text") != "" else [Failure("text", "is empty; expected some text")]
        return CheckResult({"colour": "white", **news}, failures)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Keep it."""
        await ctx.status(f"writing {ctx.name}")
        await ctx.log("warning", "the ink is low")
        return Created("" if ctx.preview else "note-1", mark_like({**inputs, "length": 3}, inputs))

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Find it, unless it is called gone."""
        del ctx
        return None if id == "gone" else ReadResult(id, inputs, state)

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Take the new inputs."""
        del ctx, id, old_inputs, old_state
        return news

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Forget it."""


class Refused(Resource):
    """Never comes into being."""

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Fail as the text says."""
        del ctx
        how = inputs.get("how")
        if how == "partly":
            raise InitializationFailed(
                id="half-1", outputs={**inputs, "half": True}, inputs=inputs, reasons=["not ready", "image is missing"]
            )
        if how == "defect":
            raise ZeroDivisionError("by accident")
        raise ResourceFailed("port 80 is taken; stop what listens there")


class Blocked(Resource):
    """Blocks a thread that nobody can interrupt."""

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Sleep for a minute."""
        del ctx
        await asyncio.to_thread(time.sleep, 60)
        return Created("late", inputs)


class SmallProvider(Provider):
    """Knows the three."""

    name = "small"
    version = "1.2.3"

    def resource(self, token: str) -> Resource:
        """Return the type."""
        kinds: dict[str, type[Resource]] = {"Note": Note, "Refused": Refused, "Blocked": Blocked}
        return kinds[token.rpartition(":")[2]]()

    async def configure(self, variables: Properties) -> None:
        """Be configured once everything is known."""
        self.configured = not contains_unknown(variables)

    async def invoke(self, ctx: Context, token: str, args: Properties) -> dict[str, Any]:
        """Answer one function."""
        del ctx
        if token != "small:index:upper":
            raise KeyError(token)
        return {"text": args["text"].upper()}


if __name__ == "__main__":
    serve(SmallProvider())
