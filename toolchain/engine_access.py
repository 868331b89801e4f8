"""Lets a user who is not root use the container engine: membership of its group, also in a login that began earlier.

It deliberately changes the membership only where set-up itself installed the engine; on a machine that had one, who may
use it is decided already.
"""

from __future__ import annotations

import getpass
import grp
import os
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

from toolchain.engine_socket import engine_socket

if TYPE_CHECKING:
    from collections.abc import Sequence

AGAIN = "SLIPWAY_WITH_ENGINE_GROUP"
"""Set in the environment of the second run, so that there is no third."""
GROUP = "docker"
"""The group that Debian's engine gives its socket to."""


def membership_command() -> Sequence[str] | None:
    """Return the command, for root, that puts this user into the engine's group; None when there is nothing to do."""
    if os.geteuid() == 0 or _is_member(GROUP):
        return None
    return ("usermod", "--append", "--groups", GROUP, getpass.getuser())


def run_with_engine_group() -> None:
    """Start this command again with the engine's group, when the user is in it but logged in before that.

    Returns only where that is not needed or would not help.
    """
    socket = engine_socket()
    if os.geteuid() == 0 or AGAIN in os.environ or not socket.exists() or os.access(socket, os.R_OK | os.W_OK):
        return
    group = grp.getgrgid(socket.stat().st_gid).gr_name
    if _is_member(group) and shutil.which("sg"):
        os.environ[AGAIN] = "1"
        sys.stdout.flush()
        os.execvp("sg", ["sg", group, "-c", f"exec {shlex.join(sys.argv)}"])  # noqa: S606 - Debian's own


def _is_member(group: str) -> bool:
    try:
        return getpass.getuser() in grp.getgrnam(group).gr_mem
    except KeyError:
        return False
