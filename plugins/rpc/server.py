"""Starts a provider as a plugin process: prints its port, serves until told to stop.

The translation of messages is in ``plugins.rpc.servicer``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

import grpc

from plugins.rpc.engine import MESSAGE_OPTIONS, Engine
from plugins.rpc.servicer import Servicer

if TYPE_CHECKING:
    from plugins.rpc.provider import Provider

GRACE_SECONDS = 1
"""How long operations that are under way may go on after the word to stop; then they are cancelled."""


def serve(provider: Provider) -> None:
    """Serve ``provider`` until SIGINT or SIGTERM; the engine's address is the first argument that is no flag.

    The engine ends plugins with a signal; ending quietly keeps tracebacks out of the stack's diagnostics.
    """
    addresses = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    with asyncio.Runner() as runner:
        runner.run(_serve(provider, addresses[0] if addresses else None))
        # Leaving the runner would wait for every thread that is blocked in a call which nobody can interrupt.
        os._exit(0)


async def start(provider: Provider, engine: Engine) -> tuple[grpc.aio.Server, int]:
    """Start the server on a free loopback port and return both."""
    from pulumi.runtime.proto import provider_pb2_grpc  # noqa: PLC0415 - after lean_imports()

    server = grpc.aio.server(options=MESSAGE_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, engine), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, port


async def _serve(provider: Provider, engine_address: str | None) -> None:
    parent = os.getppid()  # before anything takes time: whoever is gone later was there now
    engine = Engine(engine_address)  # in here: its channel belongs to the loop that is running when it is made
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # The engine runs plugins in process groups of their own, so a SIGINT is its word and not the user's Ctrl-C.
        loop.add_signal_handler(number, stopping.set)
    server, port = await start(provider, engine)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await _told_to_stop(stopping, parent)
    await server.stop(grace=GRACE_SECONDS)
    if stopping.is_set():
        await provider.finished()
    await provider.close()
    await engine.close()


async def _told_to_stop(stopping: asyncio.Event, parent: int) -> None:
    """Wait for a signal or the end of the engine: after a kill -9 of the CLI nobody else would end this process."""
    while os.getppid() == parent:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), timeout=1)
            return
