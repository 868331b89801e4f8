"""A door to the registry on this computer's loopback address, where every container engine pushes to without a CA.

It deliberately only carries bytes: TLS and the registry itself are ministack's.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from toolchain.emulator.settings import CloudSettings

CHUNK = 1 << 16


def open_door(settings: CloudSettings) -> None:
    """Begin to listen, in a thread of its own.

    Raises:
        OSError: The port is taken.
    """
    loop = asyncio.new_event_loop()

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection(settings.gateway, settings.port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_carry(reader, inner_writer), _carry(inner_reader, writer))

    loop.run_until_complete(asyncio.start_server(enter, "127.0.0.1", settings.registry_port))
    threading.Thread(target=loop.run_forever, name="registry-door", daemon=True).start()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
