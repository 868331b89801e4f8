"""A steady load on the public endpoints, and a log of every request: `python -m bench.load --help`.

It deliberately shares no code with slipway's own prober, which is one event loop with h11 where this is threads with
http.client, so that each of the two can vouch for the other. It aims only at loopback and at networks that slipway
made on this machine.
"""

from __future__ import annotations

import argparse
import http.client
import ipaddress
import itertools
import json
import math
import signal
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WORKERS = 16
FRESH_EVERY = 5
"""Every so many requests one goes over a new connection."""
FIRST_SHARE = 5
"""Of so many requests each endpoint gets one, and the first all others: a page is asked for more than what it shows."""
TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Target:
    """One endpoint, as the output `slo` names it."""

    url: str
    address: str
    server_name: str
    ca_pem: str
    status: int = 200


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    due: float
    """Seconds since the epoch."""
    latency: float
    """Seconds from then until the answer was complete or the request had failed."""
    url: str
    failure: str | None
    again: bool
    """Whether it was sent again, as the kept connection was closed under it before one byte of an answer."""


class Door(http.client.HTTPConnection):
    """A TLS connection to an address under another name.

    Not an HTTPSConnection, which reads all authorities of the system each time it is made.
    """

    def __init__(self, target: Target, tls: ssl.SSLContext) -> None:
        host, _, port = target.address.rpartition(":")
        super().__init__(host, int(port), timeout=TIMEOUT_SECONDS)
        self._target, self._tls = target, tls
        self.served = 0

    def connect(self) -> None:
        """Open it."""
        plain = socket.create_connection((self.host, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self._target.server_name)

    def ask(self) -> int:
        """Ask once, read the whole answer, and return its status."""
        parts = urlsplit(self._target.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        self.request("GET", path, headers={"Host": parts.netloc, "User-Agent": "bench-load"})
        response = self.getresponse()
        response.read()
        self.served += 1
        return response.status


class Load:
    """A load at a fixed rate for some time, or until it is told to stop."""

    def __init__(self, targets: list[Target], rate: float, seconds: float) -> None:
        for target in targets:
            if not _is_of_this_machine(target.address.rpartition(":")[0]):
                raise ValueError(
                    f"{target.address} is neither loopback nor in a network that slipway made here: "
                    "this load is for environments of this machine only"
                )
        page, *others = [(target, ssl.create_default_context(cadata=target.ca_pem)) for target in targets]
        self._targets = [*[page] * (FIRST_SHARE - len(others)), *others]
        self._period, self._count = 1 / rate, math.ceil(rate * seconds)
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._began = time.monotonic()
        self._epoch = time.time()
        self.entries: list[Entry] = []

    def run(self) -> list[Entry]:
        """Send all, and return what became of each, in the order in which they were due."""
        threads = [threading.Thread(target=self._work) for _ in range(WORKERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(self.entries, key=lambda entry: entry.due)

    def stop(self) -> None:
        """Send no more; what is under way is finished."""
        self._stop.set()

    def _work(self) -> None:
        doors: dict[str, Door] = {}
        for number in self._numbers:  # shared: `next` on it is atomic
            due = number * self._period
            left = self._began + due - time.monotonic()
            if number >= self._count or self._stop.wait(max(left, 0)):
                break
            self._one(number, due, doors)
        for door in doors.values():
            door.close()

    def _one(self, number: int, due: float, doors: dict[str, Door]) -> None:
        target, tls = self._targets[number % len(self._targets)]
        fresh = (number // len(self._targets)) % FRESH_EVERY == 0
        door = Door(target, tls) if fresh else doors.pop(target.url, None) or Door(target, tls)
        again, failure = False, None
        try:
            try:
                status = door.ask()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError, ssl.SSLEOFError):
                if not door.served:
                    raise
                door.close()
                door, again = Door(target, tls), True
                status = door.ask()
            failure = None if status == target.status else f"HTTP {status}"
        except Exception as error:  # noqa: BLE001 - whatever it is, this request is lost
            failure = f"{type(error).__name__}: {error}"
        if fresh or failure or door.sock is None:
            door.close()
        else:
            doors[target.url] = door
        latency = time.monotonic() - self._began - due
        self.entries.append(Entry(self._epoch + due, latency, target.url, failure, again))


def _is_of_this_machine(address: str) -> bool:
    host = ipaddress.ip_address(address)
    return host.is_loopback or any(host in network for network in _own_networks())


def _own_networks() -> list[ipaddress.IPv4Network]:
    """Return those of this machine's container engine that are slipway's."""
    import docker  # noqa: PLC0415 - most environments answer on loopback

    found = docker.from_env().networks.list(filters={"label": "io.slipway.project=slipway"})
    return [ipaddress.IPv4Network(pool["Subnet"]) for network in found for pool in network.attrs["IPAM"]["Config"]]


def targets_of(slo: dict[str, Any]) -> list[Target]:
    """Return the endpoints of the output `slo`."""
    return [
        Target(entry["url"], entry["address"], entry["serverName"], entry["caPem"], int(entry["status"]))
        for entry in slo["endpoints"]
    ]


def summary(entries: list[Entry]) -> dict[str, Any]:
    """Sum a log up."""
    served = sorted(entry.latency for entry in entries if entry.failure is None)
    return {
        "requests": len(entries),
        "failures": len(entries) - len(served),
        "causes": dict(Counter(entry.failure for entry in entries if entry.failure)),
        "again": sum(entry.again for entry in entries),
        "p50Ms": round(served[len(served) // 2] * 1000, 1) if served else None,
        "p99Ms": round(served[math.ceil(len(served) * 0.99) - 1] * 1000, 1) if served else None,
        "maxMs": round(served[-1] * 1000, 1) if served else None,
    }


def main() -> int:
    """Read the options, send, print the summary."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description="Send a steady load to an environment.")
    parser.add_argument("slo", type=Path, help="file with the output `slo` (pulumi stack output slo --json)")
    parser.add_argument("--rate", type=float, default=120, metavar="N", help="requests a second")
    parser.add_argument("--seconds", type=float, default=60, metavar="S", help="how long, unless interrupted earlier")
    parser.add_argument("--log", type=Path, metavar="FILE", help="write one JSON line for each request")
    options = parser.parse_args()
    load = Load(targets_of(json.loads(options.slo.read_text())), options.rate, options.seconds)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: load.stop())
    entries = load.run()
    if options.log:
        options.log.write_text("".join(json.dumps(vars(entry)) + "\n" for entry in entries))
    print(json.dumps(summary(entries), indent=2))
    return 1 if any(entry.failure for entry in entries) else 0


if __name__ == "__main__":
    sys.exit(main())
