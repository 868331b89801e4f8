"""The connection to one region of one AWS account: a session, a client for each service, a pool of threads.

It translates no errors and knows no resources: see ``api`` and ``failure``.
"""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.creation_journal import CreationJournal
from plugins.slipway.aws.settings import Settings

if TYPE_CHECKING:
    import botocore.session

# Requests at a time: boto's connection pools hold as many, and EC2 begins to throttle not far beyond.
CONCURRENT_REQUESTS: Final = 16
CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 60


class Account:
    """Calls AWS from coroutines; nothing is loaded or connected before the first call."""

    def __init__(self, settings: Settings | None = None, creations: CreationJournal | None = None) -> None:
        self.settings = settings or Settings()
        self.creations = creations or CreationJournal()
        self.in_state: set[str] = set()
        """URNs of resources that the engine's state has, whichever object it may be."""
        self.cancelled = asyncio.Event()
        """Set when the user pressed Ctrl-C."""
        self._threads = ThreadPoolExecutor(CONCURRENT_REQUESTS, thread_name_prefix="aws")
        self._lock = threading.Lock()
        self._session: botocore.session.Session | None = None
        self._clients: dict[str, Any] = {}

    @property
    def address(self) -> str:
        """What tells this world from others."""
        return f"{self.settings.endpoint_url or 'aws'}/{self.settings.region or os.environ.get('AWS_REGION', '')}"

    async def call(self, service: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Send one request in a thread and return the answer; raises what botocore raises."""
        answer: dict[str, Any] = await self._in_thread(self._call, service, method, parameters)
        return answer

    async def pages(self, service: str, method: str, key: str, parameters: dict[str, Any]) -> list[Any]:
        """Send as many requests as a listing takes, and return all its items."""
        items: list[Any] = await self._in_thread(self._pages, service, method, key, parameters)
        return items

    async def meta(self, service: str) -> Any:  # noqa: ANN401 - as the client
        """Return what botocore knows of a service's client: its ``partition`` and ``region_name``."""
        return (await self._in_thread(self.client, service)).meta

    def close(self) -> None:
        """Drop the threads; one that is blocked in a request does not keep the process."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, function: Any, *arguments: Any) -> Any:  # noqa: ANN401 - answers are dynamic
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, functools.partial(function, *arguments))

    def _call(self, service: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self.client(service), method)(**parameters)
        return answer

    def _pages(self, service: str, method: str, key: str, parameters: dict[str, Any]) -> list[Any]:
        client = self.client(service)
        if not client.can_paginate(method):
            return list(getattr(client, method)(**parameters).get(key) or [])
        pages = client.get_paginator(method).paginate(**parameters)
        return [item for page in pages for item in page.get(key) or []]

    def client(self, service: str) -> Any:  # noqa: ANN401 - botocore makes client classes at run time
        """Return the one client of a service; the first call loads the service's model, which takes a moment."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._new_client(service)
            return self._clients[service]

    def _new_client(self, service: str) -> Any:  # noqa: ANN401 - likewise
        from botocore.config import Config  # noqa: PLC0415 - a stack without AWS must not pay for it

        if self._session is None:
            from plugins.slipway.aws.session import new_session  # noqa: PLC0415 - likewise

            self._session = new_session(self.settings)
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=CONCURRENT_REQUESTS,
            # ``api`` tries again: botocore would repeat the creation whose answer got lost, and hold up Ctrl-C.
            retries={"mode": "standard", "total_max_attempts": 1},
            user_agent_extra="slipway",
        )
        endpoint = self.settings.endpoint_url or None
        return self._session.create_client(service, endpoint_url=endpoint, config=config)
