"""Reloads HAProxy so that a server which is new in its configuration gets nobody before it has passed a check.

HAProxy takes a new server for up until its first check fails, and with `leastconn` sends it everybody until then. So
what the running process knows of its servers is kept for the next one, and new servers are added to that as down.
Source: https://docs.haproxy.org/2.6/management.html (show servers state; load-server-state-from-file)
"""

# ruff: noqa: INP001 - a file of a role, run by Ansible on the load balancer
from __future__ import annotations

import socket
import subprocess
from pathlib import Path

CONFIGURATION = Path("/etc/haproxy/haproxy.cfg")
SOCKET = "/run/haproxy/admin.sock"
KEPT = Path("/var/lib/haproxy/servers")
DOWN = {"srv_op_state": "0", "srv_check_result": "0", "srv_check_health": "0"}


def ask(command: str) -> str:
    """Return what the running HAProxy answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(SOCKET)
        connection.sendall(f"{command}\n".encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def configured(text: str) -> list[tuple[str, str, str]]:
    """Return backend, name and host:port of every server in a configuration."""
    found, backend = [], ""
    for words in (line.split() for line in text.splitlines()):
        if words[:1] in (["backend"], ["frontend"]):
            backend = words[1]
        elif words[:1] == ["server"]:
            found.append((backend, words[1], words[2]))
    return found


def with_new_servers(state: str, configuration: str) -> str:
    """Return the state of all servers with those that it does not know as down."""
    version, header, *lines = state.strip().splitlines()
    columns = header.removeprefix("# ").split()
    rows = [dict(zip(columns, line.split(), strict=True)) for line in lines if line.strip()]
    known = {(row["be_name"], row["srv_name"]) for row in rows}
    for backend, name, address in configured(configuration):
        like = next((row for row in rows if row["be_name"] == backend), None)
        if like is not None and (backend, name) not in known:
            host, _, port = address.rpartition(":")
            number = 1 + max(int(row["srv_id"]) for row in rows if row["be_name"] == backend)
            rows.append({**like, **DOWN, "srv_id": str(number), "srv_name": name, "srv_addr": host, "srv_port": port})
    return "\n".join([version, header, *(" ".join(row[column] for column in columns) for row in rows)]) + "\n"


def main() -> None:
    """Keep the state, reload."""
    try:
        state = ask("show servers state")
    except OSError:
        KEPT.unlink(missing_ok=True)  # an older configuration without the socket: nothing is known
    else:
        KEPT.write_text(with_new_servers(state, CONFIGURATION.read_text()))
    subprocess.run(["systemctl", "reload", "haproxy.service"], check=True)


if __name__ == "__main__":
    main()
