"""One host prepared alone, then many at once: real hosts in containers, which share this computer's processors.

So wall time says what the processors allow; the processor time of each host says what hosts of their own would need.
"""

from __future__ import annotations

import os
import resource
import time
from dataclasses import dataclass
from typing import Any

import docker

from bench.environment import BenchFailedError, settle
from tests.playbooks.lab import Lab, told

NANOSECONDS = 1e9


@dataclass(frozen=True)
class Preparation:
    """What it took."""

    wall_seconds: float
    here_seconds: float
    """Processor time of Ansible and all that it started on this computer."""
    host_seconds: tuple[float, ...]
    """Processor time of each host."""


def measure(count: int) -> tuple[Preparation, Preparation]:
    """Return what one host alone and `count` hosts at once take, none of which was prepared before."""
    lab = Lab(docker.from_env(timeout=120))
    try:
        lab.start()
        alone = [lab.machine("alone", "worker")]
        together = [lab.machine(f"together-{index}", "worker") for index in range(count)]
        return _prepare(lab, alone), _prepare(lab, together)
    finally:
        lab.remove()


def estimated_ratio(one: Preparation, many: Preparation) -> float:
    """Return how much longer many take than one where every host has processors of its own; an estimate.

    One host is a chain: a task here, then there. What is done here for many, this computer shares out.
    """
    chain = one.here_seconds + max(one.host_seconds)
    shared = many.here_seconds / (os.cpu_count() or 1) + max(many.host_seconds)
    return max(chain, shared) / chain


def _prepare(lab: Lab, machines: list[dict[str, Any]]) -> Preparation:
    settle()
    spent_before = _here()
    hosts_before = [_on_host(lab, machine) for machine in machines]
    started = time.monotonic()
    outcome = lab.play("prepare.yml", machines)
    wall = time.monotonic() - started
    if not outcome["successful"]:
        raise BenchFailedError(told(outcome))
    hosts = [_on_host(lab, machine) - before for machine, before in zip(machines, hosts_before, strict=True)]
    return Preparation(wall, _here() - spent_before, tuple(hosts))


def _here() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _on_host(lab: Lab, machine: dict[str, Any]) -> float:
    stats: Any = lab.engine.containers.get(f"slipway-{lab.name}-{machine['name']}").stats(stream=False)
    return float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / NANOSECONDS
