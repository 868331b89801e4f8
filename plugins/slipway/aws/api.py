"""One operation on one resource, as it talks to AWS: requests, waiting, the token of a creation, the status column.

What is asked is the resource's business. Waits end with Ctrl-C, which is why they are here and not in botocore's
waiters and retries or in stamina's sleeps: those would hold the run up.
"""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from plugins.rpc.errors import ResourceFailed
from plugins.slipway.aws.failure import AwsFailed, translated
from plugins.slipway.aws.patience import Patience, repeatable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from plugins.rpc.resource import Context
    from plugins.slipway.aws.account import Account

T = TypeVar("T")

FIRST_PAUSE_SECONDS: Final = 0.5
LONGEST_PAUSE_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Api:
    """AWS for the time of one operation."""

    account: Account
    ctx: Context
    noun: str
    limit_seconds: float
    """How long to wait for anything: the resource's customTimeouts, or the type's own limit."""
    token: str = ""
    """Marks what this creation makes, and is the same in the run after a kill."""
    patient: bool = False
    """Whether something that is not there may just not be visible yet, as after its creation."""

    @property
    def who(self) -> str:
        """The resource, for messages."""
        return f"{self.noun} '{self.ctx.name}'" if self.ctx.name else self.noun

    async def call(self, service: str, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        """Send a request; parameters that are None are left out.

        Raises:
            AwsFailed: AWS refused it, or could not be reached.
        """
        given = {key: value for key, value in parameters.items() if value is not None}
        send = functools.partial(self.account.call, service, method, given)
        patience = Patience(unseen=self.patient, repeatable=repeatable(method, given))
        return await self._told(service, method, send, patience=patience)

    async def ec2(self, method: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
        """Send a request to EC2, likewise."""
        return await self.call("ec2", method, **parameters)

    async def drop(self, service: str, method: str, **parameters: Any) -> None:  # noqa: ANN401
        """Send a request that takes something away; that it is gone already is no error."""
        try:
            await replace(self, patient=False).call(service, method, **parameters)
        except AwsFailed as failed:
            if not failed.missing:
                raise

    async def listed(self, service: str, method: str, key: str, **parameters: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """Return all items of a listing, over all its pages; none when AWS says that it knows no such thing."""
        given = {key: value for key, value in parameters.items() if value is not None}
        try:
            send = functools.partial(self.account.pages, service, method, key, given)
            return await self._told(service, method, send, patience=Patience())
        except AwsFailed as failed:
            if failed.missing:
                return []
            raise

    async def first(self, service: str, method: str, key: str, **parameters: Any) -> dict[str, Any] | None:  # noqa: ANN401
        """Return the first item of such a listing."""
        return next(iter(await self.listed(service, method, key, **parameters)), None)

    async def wait(self, what: str, probe: Callable[[], Awaitable[T | None]], seconds: float | None = None) -> T:
        """Ask until the probe returns something, which is returned; the status column says what for.

        Raises:
            ResourceFailed: the time is over, or the user pressed Ctrl-C.
        """
        limit, began, pause = seconds or self.limit_seconds, time.monotonic(), FIRST_PAUSE_SECONDS
        while (found := await probe()) is None:
            waited = time.monotonic() - began
            if waited > limit:
                raise ResourceFailed(
                    f"{self.who}: waited {waited:.0f} s for {what}, in vain.\nLook at it in the console; then run "
                    "again, or allow more time with customTimeouts."
                )
            await self.ctx.status(f"waiting for {what}, {waited:.0f} s")
            await self.pause(pause, what)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
        return found

    def client_token(self, parameters: dict[str, Any]) -> str:
        """Return a ClientToken: the same for the same request of the same creation, so that AWS acts once."""
        text = json.dumps(parameters, sort_keys=True, default=str)
        return hashlib.sha256(f"{self.token}{text}".encode()).hexdigest()[:32]

    def unique_name(self, name: str) -> str:
        """Return a name that the successor of a replaced object does not have as well."""
        return f"{name}-{self.token[:7]}"

    async def _told(self, service: str, method: str, send: Callable[[], Awaitable[T]], *, patience: Patience) -> T:
        """Send, translate errors, and try again what time may heal."""
        began, pause = time.monotonic(), FIRST_PAUSE_SECONDS
        while True:
            try:
                return await send()
            except (BotoCoreError, ClientError) as error:
                failed = translated(error, self.who, service, method)
                if time.monotonic() - began + pause > patience.seconds(failed):
                    raise failed from None  # botocore's own text adds nothing, and may quote the request
            await self.ctx.status(f"trying {failed.action} again: {failed.code or 'no answer'}")
            await self.pause(pause, f"{failed.action} to be accepted")
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def pause(self, seconds: float, what: str) -> None:
        """Sleep for a random time around this many seconds, so that many resources do not ask at once."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.account.cancelled.wait(), seconds * random.uniform(0.75, 1.25))  # noqa: S311
            raise ResourceFailed(f"{self.who}: interrupted while waiting for {what}. Run again to go on.")
