"""Reads from a machine the few facts that the roles decide on, in one round trip of a few milliseconds.

It deliberately is not Ansible's setup module, which takes seconds to learn what no role here asks for.
"""

# ruff: noqa: INP001 - Ansible finds modules by their path, not by their package
from __future__ import annotations

import os
import shutil
import socket
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule  # type: ignore[import-untyped]

DOCUMENTATION = """
module: slipway_facts
short_description: Facts that decide how a machine is prepared
description: Sets the fact C(slipway_facts). Changes nothing, so it is the same in check mode.
options:
  commands:
    description: Commands whose absence is reported in C(missing_commands).
    type: list
    elements: str
author: slipway
"""

RETURN = """
ansible_facts: {description: The fact C(slipway_facts)., type: dict, returned: always}
"""

CAP_SYS_RESOURCE = 24
PATHS = os.pathsep.join(("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/lib/cni"))
LAYERS = Path("/usr/local/share/slipway")
TIME_DAEMONS = ("systemd-timesyncd", "chronyd", "ntpd", "ntpsec", "openntpd")


def fields(path: str) -> dict[str, str]:
    """The `Key: value` lines of a file in /proc."""
    lines = (line.partition(":") for line in Path(path).read_text().splitlines())
    return {key.strip(): value.strip() for key, _, value in lines}


def range_size(ranges: str) -> int:
    """How many numbers a list such as 0-3,6 holds (the kernel's cpulist format)."""
    ends = (part.partition("-") for part in ranges.strip().split(","))
    return sum(int(last or first) - int(first) + 1 for first, _, last in ends)


def distribution() -> str:
    """What the machine runs, as `debian-12` (see os-release(5))."""
    lines = (line.partition("=") for line in Path("/etc/os-release").read_text().splitlines())
    values = {key: value.strip('"') for key, _, value in lines}
    return f"{values.get('ID', 'unknown')}-{values.get('VERSION_ID', 'rolling')}"


def running_commands() -> set[str]:
    """Names of all running processes."""
    names = set()
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            names.add(comm.read_text().strip())
        except OSError:  # the process ended while we looked
            continue
    return names


def collect(commands: list[str]) -> dict[str, Any]:
    """All facts."""
    capabilities = int(fields("/proc/self/status")["CapBnd"], 16)
    names = running_commands()
    return {
        "distribution": distribution(),
        "hostname": socket.gethostname(),
        # What the kubelet's cAdvisor takes for the machine's size, whatever limits a container engine sets.
        "cpu_count": range_size(Path("/sys/devices/system/cpu/online").read_text()),
        "memory_kib": int(fields("/proc/meminfo")["MemTotal"].split()[0]),
        "cgroup_version": 2 if Path("/sys/fs/cgroup/cgroup.controllers").exists() else 1,
        "is_container": Path("/run/systemd/container").exists() or Path("/.dockerenv").exists(),
        "can_lower_oom_score": bool(capabilities >> CAP_SYS_RESOURCE & 1),
        "epoch": time.time(),
        "has_time_daemon": any(daemon[:15] in names for daemon in TIME_DAEMONS),
        "has_swap": len(Path("/proc/swaps").read_text().splitlines()) > 1,
        "inotify_instances": int(Path("/proc/sys/fs/inotify/max_user_instances").read_text()),
        "inotify_watches": int(Path("/proc/sys/fs/inotify/max_user_watches").read_text()),
        "has_joined": Path("/etc/slipway/joined").exists(),
        "layers": {path.name: path.read_text().strip() for path in LAYERS.glob("*") if path.is_file()},
        "missing_commands": [command for command in commands if not shutil.which(command, path=PATHS)],
    }


def main() -> None:
    """Reads the arguments and reports."""
    module = AnsibleModule(
        argument_spec={"commands": {"type": "list", "elements": "str", "default": []}}, supports_check_mode=True
    )
    module.exit_json(changed=False, ansible_facts={"slipway_facts": collect(module.params["commands"])})


if __name__ == "__main__":
    main()
