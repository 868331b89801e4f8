"""A plugin as a process: it says its port, and it ends when it is told to, or when nobody is left to tell it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
PROGRAM = [sys.executable, "-m", "tests.unit.rpc.small_provider"]
QUICKLY = 5.0
"""Seconds; a process that does not end by itself would take for ever, one that waits for its threads a minute."""


@pytest.fixture
def plugin() -> Iterator[tuple[subprocess.Popen[str], int]]:
    process = subprocess.Popen(PROGRAM, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    with process:
        yield process, int(process.stdout.readline())
        process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_quietly(plugin: tuple[subprocess.Popen[str], int], number: signal.Signals) -> None:
    process, _ = plugin

    process.send_signal(number)

    assert process.wait(QUICKLY) == 0
    assert process.stderr
    assert process.stderr.read() == ""


def test_signal_ends_it_while_a_thread_is_blocked(plugin: tuple[subprocess.Popen[str], int]) -> None:
    process, port = plugin
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(provider_pb2.ConfigureRequest())
        call = stub.Create.future(provider_pb2.CreateRequest(type="small:index:Blocked", urn="a::b::c::d"))
        time.sleep(0.5)
        assert not call.done()

        process.send_signal(signal.SIGTERM)

        assert process.wait(QUICKLY) == 0
    assert process.stderr
    assert process.stderr.read() == ""


def test_death_of_its_parent_ends_it() -> None:
    # A shell in between, killed as a crashed CLI would be: it has no time to end its child.
    script = ["/bin/sh", "-c", '"$@" & echo "$!"; wait', "sh", *PROGRAM]
    with subprocess.Popen(script, cwd=ROOT, text=True, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert int(parent.stdout.readline()) > 0  # the port: it serves

        parent.kill()

    try:
        assert _ended(child), "the plugin outlived its parent"
    finally:
        if not _ended(child, seconds=0):
            os.kill(child, signal.SIGKILL)


def _ended(process: int, seconds: float = QUICKLY) -> bool:
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{process}").exists() and "Z (" not in _state(process):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.1)
    return True


def _state(process: int) -> str:
    try:
        return next(
            line for line in Path(f"/proc/{process}/status").read_text().splitlines() if line.startswith("State")
        )
    except OSError:
        return "Z (gone)"
