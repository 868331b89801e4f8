"""The connected Docker engine: blocking client calls from asyncio code, failures as texts for people.

It knows the API's errors, but no resource type.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import docker
import docker.errors
import requests.exceptions

from plugins.docker.connection import POOL_SIZE, Settings, connect
from plugins.docker.credentials import Credentials
from plugins.rpc.creation_journal import CreationJournal
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")


class EngineRefused(ResourceFailed):
    """The engine answered with an error; ``status`` is its HTTP code, ``reason`` its own words."""

    def __init__(self, doing: str, status: int, reason: str) -> None:
        super().__init__(f"Could not {doing}: {reason}")
        self.status = status
        self.reason = reason


class Engine:
    """Connects on first use; one client with many connections serves all operations at once."""

    def __init__(
        self,
        settings: Settings | None = None,
        credentials: Credentials | None = None,
        creations: CreationJournal | None = None,
    ) -> None:
        self.settings = settings or Settings.of({})
        self.credentials = credentials or Credentials()
        self.creations = creations or CreationJournal()
        # The engine runs as many operations at once as the CLI's --parallel allows, and each of them may block.
        self._pool = ThreadPoolExecutor(POOL_SIZE, thread_name_prefix="docker")
        self._client: docker.APIClient | None = None
        self._connecting = asyncio.Lock()

    async def client(self) -> docker.APIClient:
        """Return the connected client.

        Raises:
            ResourceFailed: no engine answers.
        """
        async with self._connecting:
            if self._client is None:
                loop = asyncio.get_running_loop()
                self._client = await loop.run_in_executor(self._pool, connect, self.settings)
        return self._client

    @property
    def address(self) -> str:
        """Where the engine is, as far as somebody said so."""
        return self.settings.context or self.settings.host or ""

    async def api_version(self) -> str:
        """Return the version of the API that the engine speaks, as '1.41'."""
        return str((await self.client()).api_version)

    async def call(self, doing: str, work: Callable[[docker.APIClient], _Result]) -> _Result:
        """Run ``work`` in a thread; ``doing`` completes the sentence 'Could not ...'.

        Raises:
            EngineRefused: the engine said no.
            ResourceFailed: the engine did not answer.
        """
        client = await self.client()

        def guarded() -> _Result:
            try:
                return work(client)
            except docker.errors.APIError as error:
                raise EngineRefused(doing, error.status_code or 0, _explanation(error)) from error
            except docker.errors.DockerException as error:
                raise EngineRefused(doing, 0, str(error)) from error
            except requests.exceptions.RequestException as error:
                text = f"Could not {doing}: the Docker engine at {client.base_url} stopped answering ({error})."
                raise ResourceFailed(f"{text}\nSee whether it still runs: docker info.") from error

        return await asyncio.get_running_loop().run_in_executor(self._pool, guarded)

    async def find(self, doing: str, work: Callable[[docker.APIClient], _Result]) -> _Result | None:
        """Like ``call``, but what does not exist is None."""
        try:
            return await self.call(doing, work)
        except EngineRefused as refused:
            if refused.status == requests.codes["not_found"]:
                return None
            raise

    def close(self) -> None:
        """Let go of connections and idle threads."""
        if self._client is not None:
            self._client.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


def post(client: docker.APIClient, path: str, body: dict[str, Any], **parameters: str | None) -> Any:  # noqa: ANN401
    """Post JSON and return the answer, for requests that the client library wraps only in part.

    ``update_container`` for one takes no block device limits, and ``create_container`` has no masked paths.
    """
    api: Any = client
    response = api._post_json(api._url(path), data=body, params=parameters)  # noqa: SLF001 - see above
    return api._result(response, json=True)  # noqa: SLF001


def post_silent(client: docker.APIClient, path: str, body: dict[str, Any]) -> None:
    """Post JSON where the engine's answer has no body."""
    api: Any = client
    api._raise_for_status(api._post_json(api._url(path), data=body))  # noqa: SLF001 - see above


def put(client: docker.APIClient, path: str, body: dict[str, Any], **parameters: str) -> None:
    """Put JSON, for what the client library does not know at all."""
    api: Any = client
    api._raise_for_status(api._put(api._url(path), json=body, params=parameters))  # noqa: SLF001


def _explanation(error: docker.errors.APIError) -> str:
    explanation: Any = error.explanation
    return (explanation or str(error)).strip()
