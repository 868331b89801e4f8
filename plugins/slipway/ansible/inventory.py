"""Renders machines as an Ansible inventory and as SSH's list of known hosts.

It reads and writes no files.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from plugins.slipway.ansible.ssh_config import DEFAULT_PORT, jumps

DEFAULT_USER = "slipway"
_CAMEL = re.compile(r"([A-Z])")
_NOT_IN_GROUP_NAMES = re.compile(r"[^A-Za-z0-9_]")


def inventory(machines: Sequence[Mapping[str, Any]], *, here: bool = False) -> dict[str, Any]:
    """Return the inventory: groups are the roles (``control_plane``) and the pools (``pool_general``).

    The machine is the host variable ``machine``, its keys in Ansible's spelling (``memory_mib``); how to get to it is
    SSH's business alone.

    Args:
        machines: The machines, in the spelling of the state.
        here: Whether tasks run on this computer on their behalf.
    """
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable} if here else {}
    hosts = {machine["name"]: {**_host_variables(machine), **local} for machine in machines}
    groups: dict[str, dict[str, dict[str, None]]] = {}
    for machine in machines:
        for group in _groups(machine):
            groups.setdefault(group, {"hosts": {}})["hosts"][machine["name"]] = None
    return {"all": {"hosts": hosts, "children": dict(sorted(groups.items()))}}


def known_hosts(machines: Sequence[Mapping[str, Any]]) -> str:
    """Return a known_hosts file with exactly the host keys that the machines and their jump hosts declare."""
    shown = [*machines, *({**jump, "sshPort": jump.get("port")} for jump in jumps(machines))]
    return "".join(f"{_known_host_name(machine)} {_key(machine['hostKey'])}\n" for machine in shown)


def _host_variables(machine: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ansible_host": machine["address"],
        "ansible_port": port(machine),
        "ansible_user": machine.get("user") or DEFAULT_USER,
        "machine": {_CAMEL.sub(r"_\1", key).lower(): value for key, value in machine.items() if key != "jump"},
    }


def port(machine: Mapping[str, Any]) -> int:
    """Return the machine's SSH port."""
    return int(machine.get("sshPort") or DEFAULT_PORT)


def _groups(machine: Mapping[str, Any]) -> list[str]:
    groups = [str(role) for role in machine.get("roles") or ()]
    if machine.get("pool"):
        groups.append(f"pool_{machine['pool']}")
    return [_NOT_IN_GROUP_NAMES.sub("_", group) for group in groups]


def _known_host_name(machine: Mapping[str, Any]) -> str:
    number = port(machine)
    return str(machine["address"]) if number == DEFAULT_PORT else f"[{machine['address']}]:{number}"


def _key(line: str) -> str:
    """Return type and key of a public key line, without its comment."""
    return " ".join(line.split()[:2])
