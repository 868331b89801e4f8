"""An environment on hosts of a rack: its file, its recorded state, and what its load balancers answer.

It holds no expectations; those are the tests.
"""

from __future__ import annotations

import json
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from tests.e2e.environment import ROOT, EndToEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.lab.rack import Rack

HOST_RUN = "slipway:index:AnsibleRun"
PROBE_EVERY_SECONDS, PROBE_TIMEOUT_SECONDS = 0.1, 2.0


@dataclass
class OnRack(EndToEnd):
    """The environment, whose file lists hosts of the rack."""

    rack: Rack = field(kw_only=True)
    hosts: list[dict[str, str]] = field(default_factory=list)
    keys: dict[str, Any] = field(default_factory=dict)
    """More of its file."""

    def list_hosts(self, *, without: str = "") -> None:
        """Write the environment file."""
        listed = [host for host in self.hosts if host["name"] != without]
        self.file.write_text(self.rack.settings(listed, **self.keys))

    def recorded(self) -> list[dict[str, Any]]:
        """Return the resources of the stack as the state has them."""
        script = f"{self.slipway('env', self.name).stdout}\npulumi stack export --stack {self.name}"
        done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
        resources: list[dict[str, Any]] = json.loads(done.stdout)["deployment"]["resources"]
        return resources

    def plays(self) -> dict[str, tuple[str, set[str]]]:
        """Return when each Ansible run ran last and the hosts that it then had tasks on, by the run's name."""
        runs = [resource for resource in self.recorded() if resource["type"] == HOST_RUN]
        return {
            run["urn"].rpartition("::")[2]: (run["outputs"]["lastRunAt"], set(run["outputs"]["stats"])) for run in runs
        }


@dataclass
class Outage:
    """What somebody noticed who asked all the time."""

    failed_at: list[float] = field(default_factory=list)
    answers: int = 0

    @property
    def seconds(self) -> float:
        """From the first request that failed until none did any more."""
        return self.failed_at[-1] - self.failed_at[0] + PROBE_EVERY_SECONDS if self.failed_at else 0.0


@contextmanager
def asked_all_the_time(url: str, address: str, ca_pem: str) -> Iterator[Outage]:
    """Ask for a URL at an address ten times a second, over a new connection each time, until the block ends."""
    outage, end = Outage(), threading.Event()
    tls = ssl.create_default_context(cadata=ca_pem)

    def ask() -> None:
        while not end.wait(PROBE_EVERY_SECONDS):
            at = time.monotonic()
            if _answers(url, address, tls):
                outage.answers += 1
            else:
                outage.failed_at += [at, time.monotonic()]

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield outage
    finally:
        end.set()
        thread.join()


def _answers(url: str, address: str, tls: ssl.SSLContext) -> bool:
    """Look whether it is answered; the name is for TLS and the gateway, the way is to the address."""
    wanted = httpx.URL(url)
    host, _, port = address.rpartition(":")
    try:
        with httpx.Client(verify=tls, timeout=PROBE_TIMEOUT_SECONDS, trust_env=False) as client:
            done = client.get(
                wanted.copy_with(host=host, port=int(port)),
                headers={"Host": wanted.netloc.decode()},
                extensions={"sni_hostname": wanted.host},
            )
    except httpx.HTTPError:
        return False
    return done.status_code == httpx.codes.OK
