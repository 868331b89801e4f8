"""Renders OpenSSH's configuration for machines that are reached through a jump host.

It reads and writes no files; machines that are reached directly need none. See ssh_config(5).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

DEFAULT_PORT = 22


def jumps(machines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return each jump host of these machines once."""
    found: list[Mapping[str, Any]] = []
    for machine in machines:
        if machine.get("jump") and machine["jump"] not in found:
            found.append(machine["jump"])
    return found


def ssh_config(machines: Sequence[Mapping[str, Any]], known_hosts: Path, key: Path) -> str:
    """Return the configuration; '' when no machine has a jump host. `key` is what the machines let in.

    What the command line says of keys and host keys holds for the machine alone, so it is said here for the jump host.
    """
    blocks = []
    for index, jump in enumerate(jumps(machines)):
        behind = [str(machine["address"]) for machine in machines if machine.get("jump") == jump]
        blocks.append("\n  ".join([f"Host jump-{index}", *_jump_lines(jump, known_hosts, key)]))
        blocks.append(f"Host {' '.join(behind)}\n  ProxyJump jump-{index}")
    return "".join(f"{block}\n" for block in blocks)


def _jump_lines(jump: Mapping[str, Any], known_hosts: Path, key: Path) -> list[str]:
    lines = [
        f"HostName {jump['address']}",
        f"Port {int(jump.get('port') or DEFAULT_PORT)}",
        f"User {jump['user']}",
        f'UserKnownHostsFile "{known_hosts}"',
        "GlobalKnownHostsFile /dev/null",
        "StrictHostKeyChecking yes",
        "BatchMode yes",
        "LogLevel ERROR",
    ]
    identity = key if jump.get("ownKey") else jump.get("keyFile")
    if identity:
        lines += [f'IdentityFile "{identity}"', "IdentitiesOnly yes", "IdentityAgent none"]
    return lines
