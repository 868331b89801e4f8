"""Brings the database into shape once, in the background, however long it takes to appear.

It deliberately never ends the process: readiness tells the platform what is missing.
"""

import asyncio
import logging
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from .product_store import ProductStore
from .seeds import seed

_LOG = logging.getLogger(__name__)
_LONGEST_PAUSE_SECONDS = 5.0


class Preparation:
    """Indexes and sample products."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], store: ProductStore, *, with_seed: bool) -> None:
        self._database = database
        self._store = store
        self._with_seed = with_seed
        self.done = False

    async def run(self) -> None:
        """Try until it worked."""
        pause_seconds = 0.2
        while not self.done:
            try:
                await self._store.prepare()
                added = await seed(self._database, self._store) if self._with_seed else 0
            except PyMongoError as error:
                _LOG.warning("database not ready yet, next try in %.1f s: %s", pause_seconds, error)
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(pause_seconds * 2, _LONGEST_PAUSE_SECONDS)
            else:
                _LOG.info("database ready, %s sample products added", added)
                self.done = True
