"""Starts a provider as a plugin process: prints its port, serves until told to stop.

The translation of messages is in ``plugins.rpc.servicer``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import grpc

from plugins.rpc.engine import MESSAGE_OPTIONS, Engine
from plugins.rpc.servicer import Servicer

if TYPE_CHECKING:
    from plugins.rpc.provider import Provider


def serve(provider: Provider) -> None:
    """Serve ``provider`` until SIGINT or SIGTERM; the engine's address is the first argument that is no flag.

    The engine ends plugins with a signal; ending quietly keeps tracebacks out of the stack's diagnostics.
    """
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    asyncio.run(_serve(provider, addresses[0] if addresses else None))


async def start(provider: Provider, engine: Engine) -> tuple[grpc.aio.Server, int]:
    """Start the server on a free loopback port and return both."""
    from pulumi.runtime.proto import provider_pb2_grpc  # noqa: PLC0415 - after lean_imports()

    server = grpc.aio.server(options=MESSAGE_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, engine), server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, port


async def _serve(provider: Provider, engine_address: str | None) -> None:
    engine = Engine(engine_address)  # in here: its channel belongs to the loop that is running when it is made
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # The engine runs plugins in process groups of their own, so a SIGINT is its word and not the user's Ctrl-C.
        loop.add_signal_handler(number, stopping.set)
    server, port = await start(provider, engine)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    watcher = asyncio.create_task(_stop_with_parent(stopping))
    await stopping.wait()
    watcher.cancel()
    await server.stop(grace=1)
    await provider.close()
    await engine.close()


async def _stop_with_parent(stopping: asyncio.Event) -> None:
    """End when the engine is gone: after a kill -9 of the CLI nobody else would end this process."""
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)
    stopping.set()
