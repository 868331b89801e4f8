"""Talks back to the engine: status lines and diagnostics.

It never raises: a lost line must not fail an operation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from plugins.rpc.resource import Severity

# The engine accepts messages up to 400 MiB (pkg/util/rpcutil); gRPC's default of 4 MiB breaks large objects.
MESSAGE_OPTIONS = (("grpc.max_receive_message_length", 400 << 20), ("grpc.max_send_message_length", 400 << 20))


class Engine:
    """A connection to the engine that started this plugin; without an address it swallows everything."""

    def __init__(self, address: str | None) -> None:
        self._channel: grpc.aio.Channel | None = None
        self._stub: Any = None
        if address:
            from pulumi.runtime.proto import engine_pb2_grpc  # noqa: PLC0415 - after lean_imports()

            self._channel = grpc.aio.insecure_channel(address, options=MESSAGE_OPTIONS)
            self._stub = engine_pb2_grpc.EngineStub(self._channel)

    async def log(self, severity: Severity, text: str, *, urn: str = "", ephemeral: bool = False) -> None:
        """Send one line; ``ephemeral`` ones show in the status column only."""
        if self._stub is None:
            return
        from pulumi.runtime.proto import engine_pb2  # noqa: PLC0415 - after lean_imports()

        level = getattr(engine_pb2, severity.upper())
        request = engine_pb2.LogRequest(severity=level, message=text, urn=urn, ephemeral=ephemeral)
        try:
            await self._stub.Log(request, timeout=5)
        except grpc.aio.AioRpcError:
            return

    async def close(self) -> None:
        """Close the connection."""
        if self._channel is not None:
            await self._channel.close()
