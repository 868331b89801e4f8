"""`bench/run-preflight`: `slipway preflight` of many hosts, as a user would time it.

The hosts are addresses of one container, so all of their SSH servers, sudo and shells share this computer's cores; that
they are one machine is the only thing that may be in the way.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import docker

from bench.environment import ROOT, SLIPWAY
from tests.lab.rack import Rack

NAME = "bench-preflight"
FILE = ROOT / f"environments/Pulumi.{NAME}.yaml"
TARGET_SECONDS = 10.0
SUBNET = "172.31.243.0/24"
FIRST_ADDRESS = 100


def main() -> int:
    """Read the options, make the hosts, measure, and take them away."""
    parser = argparse.ArgumentParser(prog="bench/run-preflight", description="Measure a look at many hosts.")
    parser.add_argument("--hosts", type=int, default=50, metavar="N", help="how many hosts (default 50)")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="rounds (default 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slipway-bench-preflight-") as work:
        rack = Rack(docker.from_env(timeout=120), NAME, Path(work), subnet=SUBNET)
        rack.remove()
        try:
            FILE.write_text(rack.settings(_hosts(rack, options.hosts)))
            seconds = [_measure(options.hosts) for _ in range(options.repeat)]
        finally:
            FILE.unlink(missing_ok=True)
            rack.remove()
    print(f"{options.hosts} hosts, {options.repeat} rounds: {', '.join(f'{each:.1f}' for each in sorted(seconds))} s")
    return 0 if max(seconds) <= TARGET_SECONDS else 1


def _hosts(rack: Rack, count: int) -> list[dict[str, str]]:
    """Make one container with many addresses and return as many hosts."""
    (first,) = rack.make({"host": "general"})
    prefix, _, _ = rack.subnet.rpartition(".")
    addresses = [f"{prefix}.{FIRST_ADDRESS + index}" for index in range(count)]
    # One server instead of many: it must not drop logins that come at once.
    settings = "echo 'MaxStartups 200' > /etc/ssh/sshd_config.d/bench.conf; systemctl reload ssh"
    rack.shell("host", "\n".join([*(f"ip addr add {address}/24 dev eth0" for address in addresses), settings]))
    pools = ["load-balancer", "control-plane", "database", *["general"] * (count - 3)]
    return [
        {**first, "name": f"host-{index}", "address": address, "pool": pool}
        for index, (address, pool) in enumerate(zip(addresses, pools, strict=True))
    ]


def _measure(count: int) -> float:
    """Run it once and return how long it took; fails unless every host was really looked at."""
    started = time.monotonic()
    done = subprocess.run([SLIPWAY, "preflight", NAME, "--json"], cwd=ROOT, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - started
    report: dict[str, Any] = json.loads(done.stdout)
    seen = {finding["host"] for finding in report["findings"] if finding["check"] == "kernel"}
    wrong = {finding["check"] for finding in report["findings"] if finding["status"] == "error"}
    if len(seen) != count or wrong != {"machine id"}:
        sys.exit(f"{len(seen)} of {count} hosts were looked at; in the way: {sorted(wrong)}\n{done.stdout[-2000:]}")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
