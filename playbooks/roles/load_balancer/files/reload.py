"""Reloads HAProxy so that a server which is new in its configuration gets nobody before it has passed a check.

HAProxy takes a new server for up until its first check fails, and with `leastconn` sends it everybody until then. So
what the running process knows of its servers is kept for the next one, and new servers are added to that as down. Where
none of the servers that serve now would be left, the process that runs goes on with them, and a transient unit reloads
it as soon as one of the new ones answers: the gateway's pods go to new nodes only when the old ones are drained.
With `--at-once` it is handed over whatever that leaves, as the emulated AWS's load balancers do.
Source: https://docs.haproxy.org/2.6/management.html (show servers state; load-server-state-from-file)
"""

# ruff: noqa: INP001 - a file of a role, run by Ansible on the load balancer
from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = Path("/etc/haproxy/slipway")
SOCKET = "/run/haproxy/admin.sock"
KEPT = Path("/var/lib/haproxy/servers")
WAITING = "slipway-haproxy-reload.service"
UP = "2"
DOWN = {"srv_op_state": "0", "srv_check_result": "0", "srv_check_health": "0"}


@dataclass(frozen=True)
class Server:
    """A server as it is configured, and the address at which it says whether it serves."""

    backend: str
    name: str
    address: str
    check: str


def answers(check: str) -> bool:
    """Ask as HAProxy's own check does, which verifies no certificate either."""
    try:
        trusting = ssl._create_unverified_context()  # noqa: S323, SLF001 - it asks for an answer and tells nothing
        urllib.request.urlopen(check, timeout=1, context=trusting).close()  # noqa: S310 - HTTP by construction
    except OSError:
        return False
    return True


def ask(command: str) -> str:
    """Return what the running HAProxy answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(SOCKET)
        connection.sendall(f"{command}\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def configured(text: str) -> list[Server]:
    """Return every server in a configuration."""
    found, backend, path = [], "", "/"
    for words in (line.split() for line in text.splitlines()):
        if words[:1] in (["backend"], ["frontend"]):
            backend = words[1]
        elif words[:2] == ["option", "httpchk"]:
            path = words[3]
        elif words[:1] == ["server"]:
            options, (host, _, port) = words[3:], words[2].rpartition(":")
            checked = options[options.index("port") + 1] if "port" in options else port
            check = f"{'https' if 'check-ssl' in options else 'http'}://{host}:{checked}{path}"
            found.append(Server(backend, words[1], words[2], check))
    return found


class State:
    """What HAProxy knows of its servers, as it prints it and reads it."""

    def __init__(self, text: str) -> None:
        self._version, self._header, *lines = text.strip().splitlines()
        self._columns = self._header.removeprefix("# ").split()
        self.rows = [dict(zip(self._columns, line.split(), strict=True)) for line in lines if line.strip()]

    def __str__(self) -> str:
        lines = (" ".join(row[column] for column in self._columns) for row in self.rows)
        return "\n".join([self._version, self._header, *lines]) + "\n"

    def of(self, backend: str) -> list[dict[str, str]]:
        """Return the servers of a backend."""
        return [row for row in self.rows if row["be_name"] == backend]

    def add(self, server: Server, *, like: dict[str, str], up: bool) -> None:
        """Add one that is as up as another, or down."""
        number = 1 + max(int(row["srv_id"]) for row in self.of(server.backend))
        host, _, port = server.address.rpartition(":")
        own = {"srv_id": str(number), "srv_name": server.name, "srv_addr": host, "srv_port": port}
        self.rows.append({**like, **({} if up else DOWN), **own})


def with_new_servers(state: State, servers: list[Server], *, at_once: bool = False) -> str | None:
    """Return the state of all servers with those that it does not know; None where nobody would be left who serves."""
    said: dict[str, bool] = {}
    for backend in sorted({server.backend for server in servers}):
        wanted, known = [each for each in servers if each.backend == backend], state.of(backend)
        names = {row["srv_name"] for row in known}
        new = [server for server in wanted if server.name not in names]
        serving = [row for row in known if row["srv_op_state"] == UP]
        ready = []
        if serving and not at_once and not {server.name for server in wanted} & {row["srv_name"] for row in serving}:
            # All at once: a new node may drop what it has no pod for, and another one be needed within the second.
            # And once: four backends lead to the same gateways.
            checks = sorted({server.check for server in new} - said.keys())
            with ThreadPoolExecutor(max_workers=len(checks) or 1) as pool:
                said |= dict(zip(checks, pool.map(answers, checks), strict=True))
            ready = [server for server in new if said[server.check]]
            if not ready:
                return None
        for server in new if known else []:
            state.add(server, like=(serving or known)[0], up=server in ready)
    return str(state)


def reads_directory() -> bool:
    """Whether the running HAProxy was started with our configuration, not with the package's."""
    show = ["systemctl", "show", "--property=MainPID", "--value", "haproxy.service"]
    process = subprocess.run(show, check=True, capture_output=True, text=True).stdout.strip()
    command = Path("/proc", process, "cmdline")
    return not command.exists() or str(CONFIGURATION).encode() in command.read_bytes().split(b"\0")


def reload(*, at_once: bool = False) -> bool:
    """Hand over to a process with the new configuration; False where that would serve nobody."""
    try:
        state = State(ask("show servers state"))
    except OSError:
        KEPT.unlink(missing_ok=True)  # it does not run, or hangs: nothing is known
    else:
        texts = [path.read_text() for path in sorted(CONFIGURATION.glob("*.cfg"))]
        kept = with_new_servers(state, configured("\n".join(texts)), at_once=at_once)
        if kept is None:
            return False
        KEPT.write_text(kept)
    subprocess.run(["systemctl", "reload-or-restart", "haproxy.service"], check=True)
    return True


def main(options: list[str]) -> None:
    """Reload now, or see to it that it happens once somebody in the new configuration answers."""
    if "--at-once" in options:
        reload(at_once=True)
        return
    if "--wait" in options:
        while not reload():
            time.sleep(0.5)
        return
    subprocess.run(["systemctl", "stop", "--quiet", WAITING], check=False, capture_output=True)  # there may be none
    if not reads_directory():
        subprocess.run(["systemctl", "daemon-reload"], check=True)
        subprocess.run(["systemctl", "restart", "haproxy.service"], check=True)
    elif not reload():
        again = ["python3", __file__, "--wait"]
        subprocess.run(["systemd-run", "--quiet", "--collect", f"--unit={WAITING}", *again], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
