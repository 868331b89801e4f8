"""What a killed run was doing or undoing on hosts is done again where it is still wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations import interrupted
from operations.stack_state import HOST_RUN, PendingOperation, Recorded, StackState

if TYPE_CHECKING:
    import pytest

    from operations.session import Session


def _pending(kind: str, urn: str, type_: str) -> PendingOperation:
    return PendingOperation(kind, Recorded(urn, type_, urn, {}, frozenset()))


def test_runs_are_forgotten_and_the_others_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    forgotten: set[str] = set()
    monkeypatch.setattr(interrupted, "forget_runs", lambda _, urns: forgotten.update(urns))
    pending = (
        _pending("deleting", "leave", HOST_RUN),
        _pending("updating", "join", HOST_RUN),
        _pending("deleting", "machine", "slipway:aws:Instance"),
        _pending("updating", "deployment", "kubernetes:apps/v1:Deployment"),
        _pending("creating", "new", "slipway:aws:Instance"),
    )
    session: Session = None  # type: ignore[assignment] - what would use it is not there

    others = interrupted.half_changed(session, StackState("", (), pending, {}))

    assert (forgotten, others) == ({"join", "leave"}, ["deployment", "machine"])
