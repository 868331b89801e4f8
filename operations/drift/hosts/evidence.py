"""What every host says when it is looked at over SSH, besides the check runs, and the findings that come of it.

It deliberately asks each host once, after the check runs have said what is to be asked about.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations import secure_shell
from operations.drift.finding import Author, Change, Finding
from operations.drift.hosts import sessions
from operations.drift.hosts.changes import LAYER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROBE = Path(__file__).with_name("probe.py")


async def ask(machine: Any, private_key: str, findings: Sequence[Finding]) -> dict[str, Any]:  # noqa: ANN401
    """Ask one host about what was found on it.

    Raises:
        OSError, asyncssh.Error: It does not answer, or does not let us become root.
    """
    subjects = [finding.property.split(" ", 1) for finding in findings if " " in finding.property]
    request = {
        "files": [name for kind, name in subjects if kind == "file"],
        "units": [name.removesuffix(" configuration") for kind, name in subjects if kind == "unit"],
        "packages": [name for kind, name in subjects if kind == "package"],
        "homes": {"root": "/root", machine.user: f"/home/{machine.user}"},
    }
    program = PROBE.read_text()
    text = await secure_shell.run_python(machine, private_key, program, json.dumps(request), "slipway-drift")
    answer: dict[str, Any] = json.loads(text)
    return answer


async def ask_all(
    machines: Sequence[Any], private_key: str, findings: Sequence[Finding]
) -> dict[str, dict[str, Any] | BaseException]:
    """Ask every host; what keeps one from answering stands in its place."""
    own = {machine.name: [one for one in findings if one.resource == machine.name] for machine in machines}
    answers = await asyncio.gather(
        *(ask(machine, private_key, own[machine.name]) for machine in machines), return_exceptions=True
    )
    return {machine.name: answer for machine, answer in zip(machines, answers, strict=True)}


def more_findings(host: str, user: str, public_key: str, answer: dict[str, Any]) -> Iterator[Finding]:
    """Yield what stands on a host and no playbook knows of."""

    def told(what: str, change: Change, was: str, now: str) -> Finding:
        return Finding(layer=LAYER, kind="Host", resource=host, property=what, change=change, was=was, now=now)

    for path in answer["extras"]:
        yield told(f"file {path}", Change.UNRECORDED, "", "present")
    for path in answer["changed"]:
        yield told(f"file {path}", Change.CHANGED, "as installed", "changed since")
    expected = {user: {_key(public_key)}, "root": set()}
    for account, lines in answer["keys"].items():
        found = {_key(line): line for line in lines}
        for key in sorted(found.keys() - expected[account]):
            yield told(f"authorized key of {account}", Change.UNRECORDED, "", _described(found[key]))
        for key in sorted(expected[account] - found.keys()):
            yield told(f"authorized key of {account}", Change.MISSING, _described(key), "")


def subject(finding: Finding, answer: dict[str, Any]) -> sessions.Subject:
    """Return when something changed, as far as the host knows, and what a command that did it would name."""
    kind, _, name = finding.property.partition(" ")
    if kind == "package":
        return sessions.Subject((name,), answer["packages"].get(name, {}).get("at", 0.0))
    if kind == "file":
        return sessions.Subject((name,), answer["files"].get(name, {}).get("at", 0.0))
    if kind == "unit":
        unit = name.removesuffix(" configuration")
        words = (unit, unit.removesuffix(".service"))
        return sessions.Subject(words, answer["units"].get(unit, {}).get("at", 0.0))
    if kind == "sysctl":
        return sessions.Subject((name, name.replace(".", "/")))
    if kind == "authorized":
        account = name.rpartition(" ")[2]
        path = next((path for path in answer["files"] if path.endswith("/authorized_keys") and account in path), "")
        return sessions.Subject((path,), answer["files"].get(path, {}).get("at", 0.0))
    return sessions.Subject(("hostname", finding.now) if kind == "hostname" else (name,))


def package_author(finding: Finding, answer: dict[str, Any], about: sessions.Subject) -> Author | None:
    """Tell who asked apt to take a package away, by apt's own log."""
    kind, _, name = finding.property.partition(" ")
    by = answer["packages"].get(name, {}).get("by") if kind == "package" else None
    if not by:
        return None
    logged = sessions.naming_author(about, answer["journal"]) or sessions.likely_author(about, answer["journal"])
    return Author(name=by, via=logged.via if logged else "apt", at=logged.at if logged else None, source="package log")


def _key(line: str) -> str:
    """Return type and key of a line, without options and comment."""
    words = line.split()
    for index, word in enumerate(words):
        if word.startswith(("ssh-", "ecdsa-", "sk-")) and index + 1 < len(words):
            return f"{word} {words[index + 1]}"
    return line


def _described(line: str) -> str:
    """Name a key by its fingerprint and its comment."""
    import asyncssh  # noqa: PLC0415 - takes half a second to import

    try:
        key = asyncssh.import_public_key(line if line.startswith(("ssh-", "ecdsa-", "sk-")) else _key(line))
    except asyncssh.KeyImportError:
        return "a line that is no key"
    comment = key.get_comment()
    return f"{key.get_fingerprint()}{f' {comment}' if comment else ''}"
