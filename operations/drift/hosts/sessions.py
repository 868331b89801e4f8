"""Who changed something on a host: the session of sudo that was open at the time, and the login it belongs to.

It is pure. A command that names what changed is worth more than one that was merely under way, and one that was under
way at that very moment more than one that ended a little before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from operations.drift.finding import Author

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OWN_COMMAND = re.compile(
    r".*BECOME-SUCCESS-|.*slipway-drift$"
    r"|\S*python3\S* -c 'import sys;sys\.path=\[p for p in sys\.path if p\];import binascii,os,select,zlib;",
    re.DOTALL,
)
"""Ansible's own sudo, that of Mitogen (`mitogen.parent.Connection`, its bootstrap), and that of this program."""
EXACT_SECONDS = 0.02
"""How coarse the kernel's times of files are: a tick of its clock, and the moment until the journal has written."""
SLACK_SECONDS = 1.0
"""For times that are known in whole seconds only."""
SHELL = re.compile(r"(?:\S*/)?(?:ba|da|z)?sh(?: -[il]+)?|(?:\S*/)?su(?: -l?)?(?: root)?")


@dataclass(frozen=True)
class Subject:
    """What changed."""

    words: tuple[str, ...]
    """What a command that did it would name: a path, a unit, a setting, a package."""
    at: float = 0.0
    """When, in seconds since the epoch; 0 where nobody knows."""


def naming_author(subject: Subject, journal: Sequence[dict[str, Any]]) -> Author | None:
    """Tell whose command names what changed, at the time where it is known; None when nobody's does."""
    for sessions in _from_exact_to_coarse(subject, journal):
        if naming := [one for one in sessions if _names(one["command"], subject.words)]:
            return _author(naming if subject.at else naming[-1:], subject, journal)
    return None


def likely_author(subject: Subject, journal: Sequence[dict[str, Any]]) -> Author | None:
    """Tell who was at work at the time, whatever their commands say; None when nobody was."""
    for sessions in _from_exact_to_coarse(subject, journal):
        # Where nothing says when, only a shell can hide what was typed.
        fitting = sessions if subject.at else [one for one in sessions if SHELL.fullmatch(one["command"])][-1:]
        if fitting:
            return _author(fitting, subject, journal)
    return None


def _from_exact_to_coarse(subject: Subject, journal: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the sessions that can have done it, those at the very moment first."""
    sessions = [entry for entry in journal if entry["kind"] == "sudo" and not OWN_COMMAND.match(entry["command"])]
    for slack in (EXACT_SECONDS, SLACK_SECONDS) if subject.at else ():
        yield [one for one in sessions if _covers(one, subject.at, slack)]
    if not subject.at:
        yield sessions


def _covers(session: dict[str, Any], at: float, slack: float) -> bool:
    end = session["end"] if session["end"] is not None else float("inf")
    return bool(session["at"] - slack <= at <= end + slack)


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
