"""One configured cluster: connection, discovery and settings, made when first needed.

It runs no operation on objects; those are in the modules named after them.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.api.client import ApiClient
from plugins.kubernetes.api.discovery import ApiResource, Discovery, Scopes
from plugins.kubernetes.api.kubeconfig import Connection, KubeconfigError, load_connection
from plugins.kubernetes.api.openapi import OpenApi
from plugins.kubernetes.api.rate_limit import RateLimit
from plugins.kubernetes.model.objects import KubeObject, name_of, namespace_of, pluck
from plugins.kubernetes.model.tokens import GroupVersionKind, kind_of
from plugins.rpc.creation_journal import CreationJournal

if TYPE_CHECKING:
    from plugins.kubernetes.model.settings import Settings

# A cluster that did not answer is asked again, but not by each of a thousand resources.
_PROBE_AGAIN_SECONDS: Final = 5.0


class Cluster:
    """What the provider was configured for; nothing is opened before the first use."""

    def __init__(self, settings: Settings, creations: CreationJournal | None = None) -> None:
        self.settings = settings
        self.creations = creations or CreationJournal()
        self.scopes = Scopes()
        self.cancelled = asyncio.Event()
        self._connection: Connection | None = None
        self._client: ApiClient | None = None
        self._discovery: Discovery | None = None
        self._openapi: OpenApi | None = None
        self._probe = asyncio.Lock()
        self._reached = False
        self._unreachable: tuple[float, str] | None = None

    @property
    def connection(self) -> Connection:
        """The connection of the kubeconfig.

        Raises:
            KubeconfigError: it cannot be used.
        """
        if self._connection is None:
            self._connection = load_connection(self.settings)
        return self._connection

    @property
    def client(self) -> ApiClient:
        """The HTTP client of the connection."""
        if self._client is None:
            settings = self.settings
            limit = RateLimit(settings.qps, settings.burst) if settings.qps else None
            self._client = ApiClient(self.connection, settings.request_timeout_seconds, limit)
        return self._client

    @property
    def discovery(self) -> Discovery:
        """The kinds that the API server serves."""
        if self._discovery is None:
            self._discovery = Discovery(self.client)
        return self._discovery

    @property
    def openapi(self) -> OpenApi:
        """The schemas that the API server publishes."""
        if self._openapi is None:
            self._openapi = OpenApi(self.client)
        return self._openapi

    @property
    def default_namespace(self) -> str:
        """Where namespaced objects go that name no namespace."""
        try:
            return self.connection.namespace
        except KubeconfigError:
            return self.settings.namespace or "default"

    async def unreachable(self) -> str:
        """Return why the API server cannot be used, '' when it answers."""
        async with self._probe:
            if self._reached:
                return ""
            started = time.monotonic()
            if self._unreachable and started < self._unreachable[0]:
                return self._unreachable[1]
            reason = await self._ask()
            self._reached = not reason
            # A connection that is refused fails at once; one that nobody answers costs seconds, so it is tried less.
            pause = max(_PROBE_AGAIN_SECONDS, 3 * (time.monotonic() - started))
            self._unreachable = (time.monotonic() + pause, reason) if reason else None
            return reason

    async def _ask(self) -> str:
        try:
            await self.client.get("/version")
        except (KubeconfigError, Unreachable) as error:
            return str(error)
        except ApiError:
            return ""  # it answers; who may do what is told by the operations
        return ""

    async def namespaced(self, kind: GroupVersionKind) -> bool:
        """Say whether a kind lives in namespaces; kinds that nobody knows yet are taken to do so."""
        if not await self.unreachable():
            try:
                return (await self.discovery.find(kind)).namespaced
            except (ApiError, KindNotServed, Unreachable):
                pass
        told = self.scopes.namespaced(kind)
        return True if told is None else told

    async def served(self, obj: KubeObject) -> bool:
        """Say whether the API server serves the object's kind."""
        try:
            await self.resource_of(obj)
        except KindNotServed:
            return False
        return True

    async def resource_of(self, obj: KubeObject) -> ApiResource:
        """Return how the API server serves the object's kind."""
        return await self.discovery.find(kind_of(obj))

    async def path_of(self, obj: KubeObject, name: str | None = None) -> str:
        """Return the path of an object, or with ``name=""`` of the collection it belongs to."""
        resource = await self.resource_of(obj)
        namespace = (namespace_of(obj) or self.default_namespace) if resource.namespaced else ""
        return resource.path(namespace, name_of(obj) if name is None else name)

    async def get(self, obj: KubeObject, name: str | None = None) -> dict[str, Any]:
        """Read the live object."""
        return await self.client.get(await self.path_of(obj, name))

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.close()


def forget_versions(cluster: Cluster, definition: KubeObject) -> None:
    """Ask again for the kinds that a changed CustomResourceDefinition brings."""
    for version in pluck(definition, "spec", "versions") or []:
        api_version = f"{pluck(definition, 'spec', 'group')}/{pluck(version, 'name')}"
        cluster.discovery.forget(api_version)
        cluster.openapi.forget(api_version)
