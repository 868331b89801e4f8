"""Turns what a check run would change into findings: files, units, packages, kernel settings.

It is pure. A check run says what is and what would be; what would be is what is recorded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from operations.drift.finding import Change, Finding
from operations.drift.values import value_text

if TYPE_CHECKING:
    from collections.abc import Iterator

LAYER = "hosts"
HEADER = re.compile(r"(?P<path>.*) \((?P<mode>[0-7]{4}|absent)\)")
LABELS_AND_TAINTS = re.compile(r"join : (Labels and taints|The cluster took)")
"""Of Node objects: the Kubernetes layer tells of them, one by one and with their authors."""
AFTERMATH = frozenset({"restarted", "reloaded"})
"""States that handlers ask for: they follow from another change."""
MOST_LINES = 4


def findings(change: dict[str, Any], urn: str) -> Iterator[Finding]:
    """Yield what one changed task is about.

    Args:
        change: As the runner process reports it.
        urn: The recorded run.
    """
    if LABELS_AND_TAINTS.match(change["task"]):
        return
    details, module = change.get("details") or {}, change.get("module", "").rpartition(".")[2]
    told = _Told(change["host"], urn)
    if module == "slipway_files":
        yield from _files(details, told)
    elif module in ("systemd_service", "systemd"):
        if details["asked"].get("state") not in AFTERMATH:
            yield _unit(details, told)
    elif module == "apt":
        for package in details["asked"].get("name") or ():
            yield told("package", package, Change.MISSING, "installed", "")
    elif module == "hostname":
        name = change["details"]["asked"]["name"]
        yield told("hostname", "", Change.CHANGED, name, _after_equals(details.get("diff", {}).get("before", "")))
    else:
        now = details.get("stdout") or change.get("subject") or "would be done again"
        yield told("task", change["task"], Change.CHANGED, "done", value_text(now))


class _Told:
    """Makes findings of one host."""

    def __init__(self, host: str, urn: str) -> None:
        self._host, self._urn = host, urn

    def __call__(self, what: str, name: str, change: Change, was: str, now: str) -> Finding:
        told = f"{what} {name}".strip()
        return Finding(
            layer=LAYER, kind="Host", resource=self._host, property=told, change=change, was=was, now=now, urn=self._urn
        )


def _files(details: dict[str, Any], told: _Told) -> Iterator[Finding]:
    diffs, settings = details.get("diff") or [], details.get("settings") or []
    for diff in diffs:
        yield _file(diff, told)
    for setting in settings:
        yield told("sysctl", setting["name"], Change.CHANGED, setting["wanted"], setting["now"])
    if not diffs and not settings:
        for name in details.get("stale") or ():
            yield told("unit", f"{name} configuration", Change.CHANGED, "in effect", "older than its files")


def _file(diff: dict[str, str], told: _Told) -> Finding:
    before, after = HEADER.fullmatch(diff["before_header"]), HEADER.fullmatch(diff["after_header"])
    if before is None or after is None:
        raise ValueError(f"{diff['before_header']!r} is no header of slipway_files")
    path = after["path"]
    if before["mode"] == "absent":
        return told("file", path, Change.MISSING, f"mode {after['mode']}", "")
    was, now = [], []
    if before["mode"] != after["mode"]:
        was, now = [f"mode {after['mode']}"], [f"mode {before['mode']}"]
    wanted, there = diff["after"].splitlines(), diff["before"].splitlines()
    was += _only_in(wanted, there)
    now += _only_in(there, wanted)
    if diff["after"] == "(secret)\n" and not was:
        was, now = ["[secret]"], ["other content"]
    return told("file", path, Change.CHANGED, "; ".join(was), "; ".join(now) or "other order or empty lines")


def _only_in(one: list[str], other: list[str]) -> list[str]:
    lines = [line.strip() for line in one if line.strip() and line not in other]
    more = len(lines) - MOST_LINES
    return [*(value_text(line) for line in lines[:MOST_LINES]), *([f"{more} lines more"] if more > 0 else [])]


def _unit(details: dict[str, Any], told: _Told) -> Finding:
    status, asked = details.get("status") or {}, details["asked"]
    if status.get("LoadState") == "masked":
        return told("unit", asked["name"], Change.CHANGED, "enabled, active", "masked")
    wanted = [word for key, word in (("enabled", "enabled"), ("state", "active")) if asked.get(key)]
    now = [
        status.get(key, "?")
        for key, name in (("UnitFileState", "enabled"), ("ActiveState", "state"))
        if asked.get(name)
    ]
    return told("unit", asked["name"], Change.CHANGED, ", ".join(wanted), ", ".join(now))


def _after_equals(text: str) -> str:
    return text.partition("=")[2].strip()
