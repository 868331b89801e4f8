"""A way to an SSH server on loopback that can be closed for a while, and cut under those who are on it."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class UnsteadyWay:
    """Forwards connections to a port of this computer."""

    target: int
    port: int = 0
    is_open: bool = True
    """Whether connections are forwarded; else they are taken and ended before the server has said a word."""
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def cut(self) -> None:
        """End all connections."""
        for writer in self._writers:
            self._loop.call_soon_threadsafe(writer.transport.abort)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers += [writer, back]
        await asyncio.gather(_copy(reader, back), _copy(there, writer))

    async def _serve(self, listening: threading.Event) -> None:
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        with contextlib.suppress(asyncio.CancelledError):
            await server.serve_forever()


@contextlib.contextmanager
def unsteady_way(target: int) -> Iterator[UnsteadyWay]:
    """Forward in a thread of its own until the block ends."""
    way, listening = UnsteadyWay(target), threading.Event()
    loop = way._loop
    serving = loop.create_task(way._serve(listening))
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,), daemon=True)
    thread.start()
    listening.wait(10)
    try:
        yield way
    finally:
        for task in asyncio.all_tasks(loop):
            loop.call_soon_threadsafe(task.cancel)
        thread.join(5)
        loop.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.CancelledError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
