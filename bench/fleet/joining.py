"""One host more, as a user would add it: `slipway up` with one more line in a file of few hosts and of many.

The few are real and run the environment. Beyond them, hosts of the large fleet are simulated: each has an address, a
key, an account and an SSH server that slipway logs in to before and after the update, and is in the state as a worker
that joined; no kubelet runs on it. So health is not green there, and is asked once.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker

from bench.environment import ROOT, BenchFailedError, settle, tail
from bench.fleet.simulated import Simulated
from tests.lab.on_rack import OnRack
from tests.lab.rack import Rack

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "fleet"
SUBNET = "172.31.202.0/24"
HOSTS = {
    "fleet-front": "load-balancer", "fleet-control": "control-plane", "fleet-data": "database", "fleet-0": "general",
}  # fmt: skip
SMALL = len(HOSTS)
MODEL, NEWCOMER = "fleet-0", "fleet-new"
# Both pools are open, so that pods have two nodes from the beginning: where they have one, the second changes how they
# are spread, and all of them are rolled.
POOLS = [{"name": "general", "cpu": 1, "memoryMib": 1536}, {"name": "database", "cpu": 2, "memoryMib": 2048}]
KEYS: dict[str, Any] = {"publicName": "catalogue-fleet.localhost", "ports": {"registry": 35643}, "pools": POOLS}


@dataclass(frozen=True)
class Added:
    """What one host more took."""

    wall_seconds: float
    here_seconds: float
    """Processor time of `slipway up` and all that it waited for, on this computer."""
    simulated_seconds: float
    """Processor time of the simulated hosts, which hosts of their own would not take from this computer."""
    update_seconds: float
    """Pulumi's part of the wall clock."""
    health_seconds: float
    load: float
    """Load average of the last minute before it."""


def measure(fleet: int, repeat: int) -> tuple[list[Added], list[Added]]:
    """Return what a host more took at `SMALL` hosts, and at `fleet`; the environment comes and goes."""
    with tempfile.TemporaryDirectory(prefix="slipway-bench-fleet-") as work:
        rack = Rack(docker.from_env(timeout=120), NAME, Path(work), subnet=SUBNET)
        rack.remove()
        file = ROOT / f"environments/Pulumi.{NAME}.yaml"
        environment = OnRack(name=NAME, file=file, rack=rack, keys=KEYS)
        simulated = Simulated(environment, MODEL)
        try:
            environment.hosts = rack.make(HOSTS)
            environment.list_hosts()
            environment.up()
            small = list(_add(environment, simulated, repeat))
            environment.hosts += simulated.make(fleet - SMALL)
            large = list(_add(environment, simulated, repeat))
        finally:
            # Nothing can be given back on a simulated host, so the state has to forget it first.
            simulated.forget()
            environment.hosts = environment.hosts[:SMALL]
            environment.list_hosts()
            environment.slipway("destroy", NAME, "--yes")
            file.unlink(missing_ok=True)
            rack.remove()
    return small, large


def _add(environment: OnRack, simulated: Simulated, repeat: int) -> Iterator[Added]:
    """Add one host and take it out again, and so on."""
    before = list(environment.hosts)
    environment.list_hosts()
    _up(environment, simulated)  # what a changed list of hosts costs the first time is not what is measured
    for _ in range(repeat):
        environment.hosts = [*before, environment.rack.add(NEWCOMER, "general")]
        environment.rack.await_ssh(NEWCOMER)
        environment.list_hosts()
        settle()
        yield _up(environment, simulated)
        if NEWCOMER not in environment.nodes():
            raise BenchFailedError(f"{NEWCOMER} did not join; nodes: {', '.join(environment.nodes())}")
        environment.hosts = list(before)
        environment.list_hosts()
        _up(environment, simulated)
        environment.rack.host(NEWCOMER).remove(force=True, v=True)


def _up(environment: OnRack, simulated: Simulated) -> Added:
    load, spent, theirs, started = os.getloadavg()[0], _here(), simulated.processor_seconds(), time.monotonic()
    done = subprocess.run(
        # --spend-budget: a simulated host serves nothing, which the prober may count before the load balancer sees it
        [ROOT / ".venv/bin/slipway", "up", environment.name, "--json", "--wait", "0", "--spend-budget"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    wall = time.monotonic() - started
    health = json.loads(done.stdout or "{}").get("health")
    # 1 with a report of health: the update ended well, and not everything was green at once
    if done.returncode not in (0, 1) or not health:
        raise BenchFailedError(f"slipway up ended with {done.returncode}:\n{tail(done.stdout + done.stderr)}")
    return Added(
        wall,
        _here() - spent,
        simulated.processor_seconds() - theirs,
        _update_seconds(done.stderr),
        health["seconds"],
        load,
    )


def _update_seconds(told: str) -> float:
    """Return how long the CLI said that its update took, such as `Duration: 1m3s`."""
    found = re.findall(r"^ *Duration: (?:(\d+)m)?(\d+)s", told, re.MULTILINE)
    return sum(60.0 * int(minutes or 0) + int(seconds) for minutes, seconds in found)


def _here() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
