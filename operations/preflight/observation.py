"""What a host said of itself, or why it said nothing.

It judges nothing; see ``judgement``.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum


class Refusal(StrEnum):
    """Why a host said nothing, in the order in which a login gets that far."""

    UNREACHABLE = "reachable"
    KEY_CHANGED = "host key changed"
    KEY_UNCONFIRMED = "host key unconfirmed"
    KEY_FILE = "key file"
    LOGIN = "login"
    PROBE = "probe"


@dataclass(frozen=True)
class Refused:
    """A host that we could not ask."""

    why: Refusal
    detail: str
    presented_key: str = ""
    """OpenSSH line of the key that the host showed, where that is what the refusal is about."""


@dataclass(frozen=True)
class Observation:
    """The answers of one host; a key may have several values."""

    values: dict[str, list[str]]
    clock_skew_seconds: float
    """Its clock less ours."""

    def one(self, key: str) -> str:
        """Return the first value of a key, '' when there is none."""
        return next(iter(self.values.get(key, ())), "")

    def number(self, key: str) -> int:
        """Return the first value as a number, 0 when there is none."""
        text = self.one(key)
        return int(text) if text.isdigit() else 0

    @property
    def distribution(self) -> str:
        """As `debian-12`."""
        return f"{self.one('os_ID') or 'unknown'}-{self.one('os_VERSION_ID') or 'rolling'}"

    @property
    def cpu_count(self) -> int:
        """Cores that are online; the kernel lists them as 0-3,6."""
        ends = (part.partition("-") for part in self.one("cpus").split(",") if part)
        return sum(int(last or first) - int(first) + 1 for first, _, last in ends)

    @property
    def listening(self) -> set[int]:
        """TCP ports that somebody listens on."""
        return {int(port, 16) for port in self.values.get("listen", ())}


def parsed(text: str, asked_at: float, answered_at: float) -> Observation | Refused:
    """Read what the probe printed.

    Args:
        text: Its output.
        asked_at: When we asked, in seconds since the epoch.
        answered_at: When the answer was here; the host read its clock between the two.
    """
    values: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        key, _, value = line.partition("=")
        values[key].append(value)
    if "end" not in values or "epoch" not in values:
        return Refused(Refusal.PROBE, f"it printed only: {text.strip()[-200:]!r}")
    epoch = float(values["epoch"][0])
    skew = min((epoch - asked_at, epoch - answered_at), key=abs)
    return Observation(dict(values), 0.0 if asked_at <= epoch <= answered_at else skew)
