"""Serves a plugin inside the test's process, for an engine that attaches to it (PULUMI_DEBUG_PROVIDERS).

The wire, the messages and the plugin are the real ones; only the process and its second of start-up are spared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from plugins.rpc.engine import MESSAGE_OPTIONS, Engine
from plugins.rpc.servicer import Servicer

if TYPE_CHECKING:
    from collections.abc import Callable

    from plugins.rpc.provider import Provider

_CALLS = (
    *("GetPluginInfo", "GetSchema", "Cancel", "CheckConfig", "DiffConfig", "Configure", "Invoke", "Call"),
    *("Check", "Diff", "Create", "Read", "Update", "Delete"),
)


class PluginServer(provider_pb2_grpc.ResourceProviderServicer):
    """Gives each connection a provider of its own, as each would have a process of its own.

    The engine makes one connection for every provider resource, so the peer's address tells them apart.
    """

    def __init__(self) -> None:
        self.make_provider: Callable[[], Provider] | None = None
        self.port = 0
        self._server: grpc.aio.Server | None = None
        self._sessions: dict[str, tuple[Servicer, Provider, Engine]] = {}

    async def start(self) -> None:
        """Listen on a free port of loopback."""
        self._server = grpc.aio.server(options=MESSAGE_OPTIONS)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self, self._server)
        self.port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()

    async def end_sessions(self) -> None:
        """Close the providers of an engine that has ended."""
        sessions, self._sessions = self._sessions, {}
        for _, provider, engine in sessions.values():
            await provider.close()
            await engine.close()

    async def stop(self) -> None:
        """Stop listening."""
        await self.end_sessions()
        if self._server is not None:
            await self._server.stop(grace=0)

    async def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ANN401, D102, N802 - the protocol's
        assert self.make_provider is not None
        provider, engine = self.make_provider(), Engine(request.engine_address)
        servicer = Servicer(provider, engine)
        self._sessions[context.peer()] = (servicer, provider, engine)
        return await servicer.Handshake(request, context)

    async def Attach(self, _request: Any, _context: Any) -> Any:  # noqa: ANN401, D102, N802 - likewise
        return empty_pb2.Empty()


def _forwarded(name: str) -> Any:  # noqa: ANN401 - a method of a generated class
    async def call(self: PluginServer, request: Any, context: Any) -> Any:  # noqa: ANN401 - likewise
        servicer, _, _ = self._sessions[context.peer()]
        return await getattr(servicer, name)(request, context)

    return call


for _name in _CALLS:
    setattr(PluginServer, _name, _forwarded(_name))
