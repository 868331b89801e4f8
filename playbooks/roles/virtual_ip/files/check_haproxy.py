"""Ends well when this host's HAProxy answers; keepalived then lets it have the virtual address. Written by slipway.

An answer and not just a process: one that hangs serves nobody.
"""

# ruff: noqa: INP001 - a file of a role, run by keepalived on the load balancer
from __future__ import annotations

import socket
import sys

SOCKET = "/run/haproxy/admin.sock"
ANSWER_SECONDS = 1

with socket.socket(socket.AF_UNIX) as connection:
    connection.settimeout(ANSWER_SECONDS)
    try:
        connection.connect(SOCKET)
        connection.sendall(b"show info\n")
        sys.exit(0 if connection.recv(1) else 1)
    except OSError:
        sys.exit(1)
