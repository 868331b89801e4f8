"""Runs a plugin that is written in Python for the Pulumi CLI: a policy pack, or a provider from a folder.

It deliberately knows nothing of what the plugin does; it passes on what the plugin prints, of which the first line is
the port that the CLI connects to. Source: pulumi/pulumi proto/pulumi/language.proto, RunPlugin.
"""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING, Any

from pulumi.runtime.proto import language_pb2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANALYZER = "analyzer"
CHUNK = 64 << 10
ANSWERS: dict[str, Callable[[bytes], Any]] = {
    "stdout": lambda content: language_pb2.RunPluginResponse(stdout=content),
    "stderr": lambda content: language_pb2.RunPluginResponse(stderr=content),
}


def command(request: Any) -> list[str]:  # noqa: ANN401 - a generated message
    """Return the command line: policy packs are started by the SDK's own module, other plugins are programs."""
    program = request.info.program_directory or request.program
    if request.kind == ANALYZER:
        return [sys.executable, "-u", "-m", "pulumi.policy", *request.args, program]
    return [sys.executable, "-u", program, *request.args]


def start(request: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - likewise
    """Start the plugin in its own process."""
    return subprocess.Popen(
        command(request),
        cwd=request.pwd or None,
        env=dict(entry.split("=", 1) for entry in request.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def answers(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    """Yield what the process prints as it prints it, and its exit code at the end."""
    printed: queue.Queue[tuple[str, bytes]] = queue.Queue()
    streams = [("stdout", process.stdout), ("stderr", process.stderr)]
    readers = [threading.Thread(target=_forward, args=(*each, printed), daemon=True) for each in streams]
    for reader in readers:
        reader.start()
    open_streams = len(readers)
    while open_streams:
        name, content = printed.get()
        if content:
            yield ANSWERS[name](content)
        else:
            open_streams -= 1
    yield language_pb2.RunPluginResponse(exitcode=process.wait())


def _forward(name: str, stream: IO[bytes], printed: queue.Queue[tuple[str, bytes]]) -> None:
    """Pass on what a stream brings; nothing at all is its end."""
    content = b" "
    while content:
        content = stream.read1(CHUNK)  # type: ignore[attr-defined]
        printed.put((name, content))
