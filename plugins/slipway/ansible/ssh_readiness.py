"""Waits until machines let us log in over SSH.

It opens the very connections that Ansible then uses, so that waiting costs a machine that is up nothing.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.slipway.ansible.inventory import DEFAULT_USER, port
from plugins.slipway.ansible.private_directory import PrivateDirectory

PAUSE_SECONDS = 0.3
TRY_SECONDS = 10
# A key that was just installed may not work at once, but a wrong one never will.
REFUSAL_SECONDS = 10.0
NOBODY_ANSWERS = ("connect to host", "connect failed", "Could not resolve")
"""What ssh says, itself or for a jump host, when it got no connection: all else is said of a machine that is there."""


@dataclass(frozen=True)
class Patience:
    """How long a machine is waited for."""

    login_seconds: float
    """Until it lets us in."""
    silence_seconds: float
    """Until anything answers, within that."""

    def limit(self, why: str) -> float:
        """Return how long a machine is waited for of which ssh complains like this."""
        if any(words in why for words in NOBODY_ANSWERS):
            return min(self.login_seconds, self.silence_seconds)
        return min(self.login_seconds, REFUSAL_SECONDS) if "Permission denied" in why else self.login_seconds


async def wait_for_ssh(
    directory: PrivateDirectory,
    machines: Sequence[Mapping[str, Any]],
    patience: Patience,
    parallel: int,
    on_wait: Callable[[str, str], None],
) -> dict[str, str]:
    """Return why, by name, for each machine that does not let us in in time."""
    slots = asyncio.Semaphore(parallel)

    async def reason(machine: Mapping[str, Any]) -> tuple[str, str]:
        async with slots:
            return machine["name"], await _wait(directory, machine, patience, on_wait)

    return {name: why for name, why in await asyncio.gather(*map(reason, machines)) if why}


async def _wait(
    directory: PrivateDirectory,
    machine: Mapping[str, Any],
    patience: Patience,
    on_wait: Callable[[str, str], None],
) -> str:
    """Return why the machine lets us not in, '' when it does."""
    started = time.monotonic()
    while why := await _try(directory, machine):
        waited = time.monotonic() - started
        if "Host key verification failed" in why or "REMOTE HOST IDENTIFICATION" in why:
            return f"it shows another host key than the expected one ({machine['hostKey'].split()[0]})"
        if waited >= patience.limit(why):
            return f"{why} (tried for {waited:.0f} s)"
        on_wait(machine["name"], f"{machine['name']}: waiting for SSH, {waited:.0f} s: {why}")
        await asyncio.sleep(PAUSE_SECONDS)
    return ""


async def _try(directory: PrivateDirectory, machine: Mapping[str, Any]) -> str:
    """Log in once and return what ssh complains about, '' when it worked."""
    command = [
        "ssh",
        *directory.ssh_options(),
        *("-o", f"ConnectTimeout={TRY_SECONDS}"),
        *("-i", str(directory.key), "-p", str(port(machine)), "-l", machine.get("user") or DEFAULT_USER),
        *(str(machine["address"]), "true"),
    ]
    # The error output goes to a file: the connection that stays behind would hold a pipe open.
    with (directory.path / f"ssh-{machine['name']}").open("w+b") as errors:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=errors
        )
        code = await process.wait()
        errors.seek(0)
        lines = errors.read().decode(errors="replace").strip().splitlines()
    if code == 0:
        return ""
    return " ".join(lines[-3:]) or f"ssh ended with {code}"
