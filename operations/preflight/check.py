"""Looks at all hosts of an environment at once, and keeps the host keys that somebody confirmed.

It changes nothing on any host.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from operations.preflight.contact import PROBE, ask, open_tunnel
from operations.preflight.finding import Finding, Report
from operations.preflight.judgement import judge
from operations.preflight.observation import Observation, Refusal, Refused
from operations.preflight.target import Target, targets
from stacks.settings import known_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import asyncssh

    from stacks.settings import Settings

PARALLEL = 25
"""More logins at once than this only wait for this computer's own cores."""
Answers = list[tuple[Target, Observation | Refused]]


def look(
    environment: str,
    settings: Settings,
    known_hosts: Path,
    accept: Callable[[Target, str], bool] | None = None,
) -> Report:
    """Return what is in the way on the hosts of an environment.

    Args:
        environment: Its name.
        settings: What its file says.
        known_hosts: Where confirmed host keys are kept.
        accept: Asked for each host whose key nobody has confirmed, with the fingerprint; nobody is asked when None.
    """
    started = time.monotonic()
    answers = asyncio.run(_ask_all(targets(settings, known_hosts)))
    if accept and (confirmed := _confirmed(answers, accept)):
        keep(known_hosts, confirmed)
        answers = asyncio.run(_ask_all(targets(settings, known_hosts)))
    findings: list[Finding] = judge(environment, answers)
    return Report(environment=environment, findings=tuple(findings), seconds=round(time.monotonic() - started, 1))


def keep(known_hosts: Path, keys: dict[str, str]) -> None:
    """Add host keys to the file: name in it -> key line."""
    known_hosts.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    merged = {**known_keys(known_hosts), **keys}
    draft = known_hosts.with_name(f".{known_hosts.name}.{os.getpid()}")
    draft.write_text("".join(f"{name} {key}\n" for name, key in sorted(merged.items())), encoding="utf-8")
    draft.chmod(0o600)
    draft.replace(known_hosts)


async def _ask_all(hosts: Sequence[Target]) -> Answers:
    slots, probe = asyncio.Semaphore(PARALLEL), await asyncio.to_thread(PROBE.read_text, encoding="utf-8")

    async def one(target: Target, tunnel: asyncssh.SSHClientConnection | None) -> Observation | Refused:
        async with slots:
            return await ask(target, probe, tunnel)

    jump = next((host.jump for host in hosts if host.jump), None)  # an environment has one for all
    tunnel = await open_tunnel(jump) if jump else None
    if jump and isinstance(tunnel, Refused):
        return [(jump, tunnel)]  # nothing can be said of the hosts behind it
    way = None if isinstance(tunnel, Refused) else tunnel
    try:
        return list(zip(hosts, await asyncio.gather(*(one(host, way) for host in hosts)), strict=True))
    finally:
        if way:
            way.abort()


def _confirmed(answers: Answers, accept: Callable[[Target, str], bool]) -> dict[str, str]:
    return {
        target.known_name: answer.presented_key
        for target, answer in answers
        if isinstance(answer, Refused) and answer.why is Refusal.KEY_UNCONFIRMED and accept(target, answer.detail)
    }
