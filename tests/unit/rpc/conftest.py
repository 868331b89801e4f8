"""A provider on real gRPC, and an engine that writes down what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import grpc
import pytest_asyncio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2_grpc

from plugins.rpc.engine import Engine
from plugins.rpc.server import start

from .small_provider import SmallProvider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "small:index:"


@dataclass
class Wire:
    """What is at both ends of the connection."""

    stub: Any
    provider: SmallProvider
    lines: list[Any] = field(default_factory=list)
    """Every LogRequest that reached the engine."""

    @staticmethod
    def resource(kind: str, name: str = "mine") -> dict[str, Any]:
        """Return the fields that name a resource in every request."""
        return {"urn": f"urn:pulumi:s::p::{TOKEN}{kind}::{name}", "type": TOKEN + kind, "name": name}


class _Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self, lines: list[Any]) -> None:
        self._lines = lines

    async def Log(self, request: engine_pb2.LogRequest, _context: object) -> empty_pb2.Empty:  # noqa: N802
        self._lines.append(request)
        return empty_pb2.Empty()


@pytest_asyncio.fixture
async def wire() -> AsyncIterator[Wire]:
    lines: list[Any] = []
    engine_server = grpc.aio.server()
    engine_pb2_grpc.add_EngineServicer_to_server(_Engine(lines), engine_server)
    address = f"127.0.0.1:{engine_server.add_insecure_port('127.0.0.1:0')}"
    await engine_server.start()
    provider, engine = SmallProvider(), Engine(address)
    provider.configured = True
    server, port = await start(provider, engine)
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Wire(provider_pb2_grpc.ResourceProviderStub(channel), provider, lines)
    await server.stop(None)
    await engine.close()
    await engine_server.stop(None)
