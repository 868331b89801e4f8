"""While something is not healthy yet, only that is asked; everything is asked again at the end."""

from __future__ import annotations

import contextlib
import io
import socket
import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from rich.console import Console

from operations.health import check as checking
from operations.health.probe_context import ProbeContext

from .health_stack import kubectl, outputs_of
from .servers import free_port, make_authority

if TYPE_CHECKING:
    from pathlib import Path

    from operations.health.report import HealthReport
    from operations.session import Session


def _target(name: str, port: int) -> dict[str, Any]:
    return {"kind": "tcp", "layer": "cluster", "name": name, "address": f"127.0.0.1:{port}"}


def _knocks(door: socket.socket) -> int:
    """Return how many connections wait to be taken."""
    door.setblocking(False)
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            door.accept()[0].close()
            count += 1
    return count


@pytest.mark.parametrize("recovers", [True, False])
def test_only_what_is_not_healthy_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, recovers: bool
) -> None:
    late_port = free_port()
    pauses: list[float] = []
    with contextlib.ExitStack() as doors:
        steady = doors.enter_context(socket.create_server(("127.0.0.1", 0)))

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            if recovers and len(pauses) == 3:
                doors.enter_context(socket.create_server(("127.0.0.1", late_port)))

        # Time goes on by pauses alone, so that the third is the last before the deadline.
        clock = SimpleNamespace(monotonic=lambda: sum(pauses), sleep=pause, perf_counter=time.perf_counter)
        monkeypatch.setattr(checking, "time", clock)
        targets = [_target("steady", steady.getsockname()[1]), _target("late", late_port)]
        context = ProbeContext(outputs_of(targets, make_authority(tmp_path)), timeout_seconds=5, kubectl=kubectl)
        report, said = _check(context, monkeypatch, wait_seconds=3 * checking.PAUSE_SECONDS + 0.5)

        assert len(pauses) == 3
        assert _knocks(steady) == 2
    assert (report.healthy, len(report.checks)) == (recovers, 2)
    assert said.count("1 of 2 healthy; waiting for late") == 1


def _check(context: ProbeContext, monkeypatch: pytest.MonkeyPatch, *, wait_seconds: float) -> tuple[HealthReport, str]:
    monkeypatch.setattr(checking, "context_of", lambda *_args, **_more: context)
    monkeypatch.setattr(checking, "remember", lambda *_args: None)
    said = io.StringIO()
    session = cast("Session", SimpleNamespace(environment="unit"))
    report = checking.check(session, Console(file=said, width=200), wait_seconds=wait_seconds)
    return report, said.getvalue()
