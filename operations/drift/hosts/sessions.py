"""Who changed something on a host: the session of sudo that was open at the time, and the login it belongs to.

It is pure. A command that names what changed is worth more than one that was merely under way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from operations.drift.finding import Author

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN_COMMAND = re.compile(r".*BECOME-SUCCESS-|.*slipway-drift$", re.DOTALL)
"""Ansible's own sudo, and that of this program."""
SLACK_SECONDS = 1.0
SHELL = re.compile(r"(?:\S*/)?(?:ba|da|z)?sh(?: -[il]+)?|(?:\S*/)?su(?: -l?)?(?: root)?")


@dataclass(frozen=True)
class Subject:
    """What changed."""

    words: tuple[str, ...]
    """What a command that did it would name: a path, a unit, a setting, a package."""
    at: float = 0.0
    """When, in seconds since the epoch; 0 where nobody knows."""


def author(subject: Subject, journal: Sequence[dict[str, Any]]) -> Author | None:
    """Tell who it was; None when nobody was logged in."""
    sessions = [entry for entry in journal if entry["kind"] == "sudo" and not OWN_COMMAND.match(entry["command"])]
    at_the_time = [one for one in sessions if _covers(one, subject.at)] if subject.at else sessions
    naming = [one for one in at_the_time if _names(one["command"], subject.words)]
    if naming:
        return _author(naming[-1:] if not subject.at else naming, subject, journal)
    if not subject.at:
        # Nothing says when: only a shell can hide what was typed.
        return _author([one for one in sessions if SHELL.fullmatch(one["command"])][-1:], subject, journal)
    return _author(at_the_time, subject, journal)


def _covers(session: dict[str, Any], at: float) -> bool:
    end = session["end"] if session["end"] is not None else float("inf")
    return bool(session["at"] - SLACK_SECONDS <= at <= end + SLACK_SECONDS)


def _names(command: str, words: Sequence[str]) -> bool:
    return any(word in command for word in words)


def _author(sessions: Sequence[dict[str, Any]], subject: Subject, journal: Sequence[dict[str, Any]]) -> Author | None:
    if not sessions:
        return None
    last = sessions[-1]
    names = list(dict.fromkeys(session["user"] for session in sessions))
    login = _login(last, journal)
    via = "sudo"
    if login:
        key = f", key {login['key']}" if login.get("key") else ""
        via = f"ssh from {login['source']}{key}"
    at = datetime.fromtimestamp(subject.at or last["at"], UTC)
    return Author(name=" or ".join(names), via=via, at=at, source="auth log")


def _login(session: dict[str, Any], journal: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the last login of the user before the session began."""
    logins = [
        entry
        for entry in journal
        if entry["kind"] == "login" and entry["user"] == session["user"] and entry["at"] <= session["at"]
    ]
    return logins[-1] if logins else None
