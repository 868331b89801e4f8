"""Runs the service under uvicorn, and stops it so that no request is dropped.

It deliberately has one process and one event loop: more capacity is more replicas.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from types import FrameType

import uvicorn

from .application import create_application
from .drain import Drain
from .logs import configure_logs
from .settings import Settings

_LOG = logging.getLogger(__name__)
# Longer than the 90 s for which Go's proxies (Traefik) keep an idle connection, so that it is always the proxy that
# closes it: a request sent into a connection that this end just closed would be lost.
_KEEP_ALIVE_SECONDS = 120
_FINISH_SECONDS = 20


class DrainingServer(uvicorn.Server):
    """Goes on serving for a while after SIGTERM, unready, then closes its socket and finishes what is in flight."""

    def __init__(self, config: uvicorn.Config, drain: Drain, drain_seconds: float) -> None:
        super().__init__(config)
        self._drain = drain
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Start to drain on the first SIGTERM; any other signal, or a second one, stops at once."""
        if sig != signal.SIGTERM or self._drain.started:
            super().handle_exit(sig, frame)
            return
        self._drain.started = True
        # The signal may have come in the middle of a log line, which only the event loop may follow with another.
        asyncio.get_running_loop().call_soon_threadsafe(self._drain_before, super().handle_exit, sig)

    def _drain_before(self, stop: Callable[[int, FrameType | None], None], sig: int) -> None:
        _LOG.info("stopping: unready from now on, no new connections in %s s", self._drain_seconds)
        asyncio.get_running_loop().call_later(self._drain_seconds, stop, sig, None)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SettingsError: If the credential files cannot be used.
    """
    configure_logs()
    drain = Drain()
    config = uvicorn.Config(
        create_application(settings, drain),
        host=settings.listen_host,
        port=settings.listen_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )
    DrainingServer(config, drain, settings.drain_seconds).run()
