"""A lease per product, so that only one change of it runs at a time, whichever replica it came to.

It is deliberately not a general lock service: leases are short, and a forgotten one is taken over after a while.
"""

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError, PyMongoError

from .failures import ProductBusy

LEASE_SECONDS = 15
"""After this long the holder must have died: each of its few commands times out after 5 s at most."""
WAIT_SECONDS = 3.0
_LOG = logging.getLogger(__name__)


class Leases:
    """Mutual exclusion by inserting a document whose `_id` is the product's.

    FerretDB 1.x runs a conditional update as a query and then an update by `_id`, in two transactions, so several
    writers can pass the same `version` filter (seen: 3 to 12 of 12 writers "won"). An insert is atomic on FerretDB and
    MongoDB alike, because `_id` is unique. On MongoDB the lease costs two round trips and is otherwise not needed.
    """

    def __init__(self, collection: AsyncCollection[dict[str, Any]]) -> None:
        self._collection = collection

    @asynccontextmanager
    async def hold(self, name: str) -> AsyncIterator[None]:
        """Hold the lease on `name` for the time of the block.

        Raises:
            ProductBusy: If it cannot be had within `WAIT_SECONDS`.
        """
        token = uuid4().hex
        await self._take(name, token)
        try:
            yield
        finally:
            try:
                await self._collection.delete_one({"_id": name, "token": token})
            except PyMongoError:
                # The change itself is done or has failed on its own; the lease runs out by itself.
                _LOG.warning("lease on %s could not be given back and ends in %s s", name, LEASE_SECONDS)

    async def _take(self, name: str, token: str) -> None:
        give_up_at = time.monotonic() + WAIT_SECONDS
        while True:
            try:
                await self._collection.insert_one({"_id": name, "token": token, "takenAt": datetime.now(UTC)})
            except DuplicateKeyError:
                await self._clear_forgotten(name)
            else:
                return
            if time.monotonic() > give_up_at:
                raise ProductBusy(name)
            await asyncio.sleep(random.uniform(0.01, 0.04))  # noqa: S311 - jitter, no secret

    async def _clear_forgotten(self, name: str) -> None:
        lease = await self._collection.find_one({"_id": name})
        if lease is None or lease["takenAt"] > datetime.now(UTC) - timedelta(seconds=LEASE_SECONDS):
            return
        try:
            # Only one waiter may clear it: a second one could delete the lease that the first one took next.
            await self._collection.insert_one({"_id": f"cleared-{lease['token']}", "takenAt": datetime.now(UTC)})
        except DuplicateKeyError:
            return
        _LOG.warning("lease on %s was forgotten by its holder and is taken over", name)
        await self._collection.delete_one({"_id": name, "token": lease["token"]})
