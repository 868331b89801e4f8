"""Runs programs inside the test's process for a CLI that was told where (``--client``), as inline programs run.

It spares the start of two Python processes; cases with ``processes: separate`` go through the real language host.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Callable

_WORKERS = 4

# When the engine has failed, the SDK still reports to it; the CLI's output has the reason already.
logging.getLogger("grpc._server").setLevel(logging.CRITICAL)


class ProgramServer:
    """Serves one program at a time."""

    def __init__(self) -> None:
        self._language = LanguageServer(lambda: None)
        self._server = grpc.server(ThreadPoolExecutor(max_workers=_WORKERS))
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(self._language, self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def serve(self, program: Callable[[], None]) -> None:
        """Set the program of the next run."""
        self._language.program = program

    def stop(self) -> None:
        """Stop listening."""
        self._server.stop(grace=None).wait()
