"""`bench/run-places`: the same environment on containers and in the emulated AWS, one after the other in one run.

Both have the same machines, platform and application; each is taken away before the other one begins.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from typing import Any

import yaml

from bench import environment
from bench.environment import ROOT, SLIPWAY, BenchFailedError, Timed

TARGET = 1.5
CONTAINERS, EMULATED = "bench", "bench-aws"
NETWORK = "172.31.246.0/24"
KIND = {"instanceType": "t3.medium"}
CLOUD: dict[str, Any] = {
    "place": "aws",
    "aws": {
        "region": "eu-central-1",
        "adminCidrs": [NETWORK],
        "image": {"owner": "self", "name": "debian-12-amd64-*"},
        "hostedZone": "example.test",
        "emulator": {"network": NETWORK, "registryPort": 25544},
    },
    "publicName": "bench.example.test",
    "controlPlane": KIND,
    "pools": [{**pool, **KIND} for pool in environment.pools(general=2)],
}


def main() -> int:
    """Read the options, bring both up in turn, and print the ratio beside its target."""
    parser = argparse.ArgumentParser(
        prog="bench/run-places", description="Measure the emulated AWS against containers."
    )
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="rounds of both in turn (default 1)")
    options = parser.parse_args()
    try:
        rounds = [(_containers(), _emulated()) for _ in range(options.repeat)]
    except BenchFailedError as error:
        print(error)
        return 1
    for place, runs in zip((CONTAINERS, EMULATED), zip(*rounds, strict=True), strict=True):
        print(f"{place}: {', '.join(_told(run) for run in runs)}")
    ratio = statistics.median(emulated.seconds / containers.seconds for containers, emulated in rounds)
    print(f"emulated AWS against containers: {ratio:.2f} (target {TARGET})")
    return 0 if ratio <= TARGET else 1


def _told(run: Timed) -> str:
    return f"{run.seconds:.1f} s (load average {run.load[0]:.1f} -> {run.load[1]:.1f})"


def _containers() -> Timed:
    try:
        environment.destroy()
        environment.write_file(general=2)
        return _up(CONTAINERS)
    finally:
        environment.destroy()


def _emulated() -> Timed:
    file = ROOT / f"environments/Pulumi.{EMULATED}.yaml"
    file.write_text(yaml.safe_dump({"config": {f"slipway:{key}": value for key, value in CLOUD.items()}}))
    try:
        _destroy(EMULATED)
        return _up(EMULATED)
    finally:
        _destroy(EMULATED)
        file.unlink()


def _up(name: str) -> Timed:
    with tempfile.TemporaryFile("w+") as log:
        return environment.timed([str(SLIPWAY), "up", name], log)


def _destroy(name: str) -> None:
    done = subprocess.run([SLIPWAY, "destroy", name, "--yes"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchFailedError(f"slipway destroy {name} failed:\n{environment.tail(done.stdout + done.stderr)}")


if __name__ == "__main__":
    sys.exit(main())
