"""The directory that one run owns: inventory, variables, key, known hosts and Ansible's configuration, mode 0700.

Nothing of it outlives the run; what a killed run left behind goes with the next one.
"""

import contextlib
import importlib.util
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plugins.slipway.ansible.inventory import inventory, known_hosts
from plugins.slipway.ansible.process_tree import end_processes_of
from plugins.slipway.ansible.run_request import RunRequest
from plugins.slipway.ansible.ssh_config import ssh_config
from plugins.slipway.ansible.variables import extra_variables

PREFIX = "slipway-run-"
# A socket's path has at most 107 characters: this, "/slipway-run-<7>-<8>", "/s/", 40 of %C and 17 that ssh appends.
LONGEST_BASE = 18
CALLBACKS = Path(__file__).parent / "callback_plugins"


@dataclass(frozen=True)
class PrivateDirectory:
    """Where the files of a run are."""

    path: Path

    @property
    def key(self) -> Path:
        """Private SSH key."""
        return self.path / "key"

    @property
    def known_hosts(self) -> Path:
        """The only host keys that are accepted."""
        return self.path / "known_hosts"

    @property
    def sockets(self) -> Path:
        """Control sockets of the SSH connections."""
        return self.path / "s"

    @property
    def results(self) -> Path:
        """What the hosts reported."""
        return self.path / "results.json"

    @property
    def ssh_configuration(self) -> Path:
        """The way through jump hosts; there is no such file where there are none."""
        return self.path / "ssh_config"

    @property
    def configuration(self) -> Path:
        """Ansible's configuration."""
        return self.path / "ansible.cfg"

    def ssh_options(self) -> list[str]:
        """Return the options of every SSH connection: the given key and host keys only, nothing of the user's own."""
        options = {
            "ControlMaster": "auto",
            "ControlPersist": "60s",
            "ControlPath": f"{self.sockets}/%C",
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": self.known_hosts,
            "GlobalKnownHostsFile": "/dev/null",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "PreferredAuthentications": "publickey",
            "BatchMode": "yes",
            "ServerAliveInterval": 15,
            "ServerAliveCountMax": 4,
            "LogLevel": "ERROR",
        }
        configuration = str(self.ssh_configuration) if self.ssh_configuration.exists() else "none"
        return ["-F", configuration, *(word for key, value in options.items() for word in ("-o", f"{key}={value}"))]


@contextlib.contextmanager
def private_directory(request: RunRequest) -> Iterator[PrivateDirectory]:
    """Make and fill the directory, and remove it at the end."""
    base = Path(tempfile.gettempdir())
    if len(str(base)) > LONGEST_BASE:
        base = Path("/tmp")  # noqa: S108 - mkdtemp makes a directory of our own in it
    _sweep(base)
    path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=base))
    try:
        directory = PrivateDirectory(path)
        _fill(directory, request)
        yield directory
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _sweep(base: Path) -> None:
    """Remove directories of this user whose run is gone, with what still works in them: the run was killed."""
    for left in base.glob(f"{PREFIX}*"):
        owner = left.name.removeprefix(PREFIX).partition("-")[0]
        with contextlib.suppress(OSError):
            if owner.isdigit() and left.stat().st_uid == os.getuid() and not Path(f"/proc/{owner}").exists():
                end_processes_of(left)
                shutil.rmtree(left, ignore_errors=True)


def _fill(directory: PrivateDirectory, request: RunRequest) -> None:
    directory.sockets.mkdir(mode=0o700)
    (directory.path / "env").mkdir(mode=0o700)
    key = request.private_key if request.private_key.endswith("\n") else f"{request.private_key}\n"
    if way := ssh_config(request.machines, directory.known_hosts, directory.key):
        _write_privately(directory.ssh_configuration, way)
    files = {
        directory.key: key,
        directory.known_hosts: known_hosts(request.machines),
        directory.path / "hosts.json": json.dumps(inventory(request.machines, here=request.without_hosts)),
        directory.configuration: _ansible_configuration(directory, request),
    }
    if request.variables:
        # ansible-runner hands this file over as `-e @file`; its own parameter would put the values into argv.
        files[directory.path / "env" / "extravars"] = extra_variables(request.variables)
    for path, content in files.items():
        _write_privately(path, content)


def _write_privately(path: Path, content: str) -> None:
    path.touch(mode=0o600, exist_ok=False)  # readable by nobody else from the start
    path.write_text(content, encoding="utf-8")


def _ansible_configuration(directory: PrivateDirectory, request: RunRequest) -> str:
    """Return the settings; those that only save time say so."""
    ssh_arguments = " ".join(directory.ssh_options())
    return f"""\
[defaults]
inventory = {directory.path}/hosts.json
roles_path = {request.directory}/roles
private_key_file = {directory.key}
local_tmp = {directory.path}/local
home = {directory.path}/home
callback_plugins = {CALLBACKS}
callbacks_enabled = slipway_results
host_key_checking = True
retry_files_enabled = False
forks = {request.forks}
timeout = 15
# Time: facts only where a playbook asks for them, and no search for the host's Python.
gathering = explicit
# Time: one interpreter a host that keeps the modules it was sent, instead of a fresh one for every task.
strategy_plugins = {_strategy_plugins()}
strategy = mitogen_linear
interpreter_python = /usr/bin/python3
# Time: the default pause between looks at the workers adds up over many short tasks.
internal_poll_interval = 0.001
display_skipped_hosts = False
deprecation_warnings = False
localhost_warning = False
nocows = True

[inventory]
enable_plugins = yaml

[ssh_connection]
ssh_args = {ssh_arguments}
"""


def _strategy_plugins() -> Path:
    """Return where Mitogen's strategies are; importing it to ask would cost what it saves."""
    found = importlib.util.find_spec("ansible_mitogen")
    if found is None or found.origin is None:
        raise FileNotFoundError("the Python package mitogen is not installed; run: make setup")
    return Path(found.origin).parent / "plugins" / "strategy"
