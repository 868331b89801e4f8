"""Everything the Pulumi CLI needs to work on one environment: its variables, its private files, its launchers on PATH.

It deliberately runs nothing: `slipway env` prints the same variables that slipway's own commands run with.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from operations.backend.bucket import BucketFiles
from operations.backend.directory import DirectoryFiles
from operations.failure import OperationFailedError
from operations.passphrase import ensure_passphrase
from operations.project import PROJECT_FILE, Project, check_environment_name, find_project
from operations.stack_file import refresh_private_copy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operations.backend.files import BackendFiles

PASSPHRASE_VARIABLES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


@dataclass(frozen=True)
class Session:
    """One environment, ready for the Pulumi CLI."""

    project: Project
    environment: str
    state: Path
    """slipway's state directory."""
    cli: Path
    """The Pulumi CLI."""
    launchers: Path
    """The directory of the engine's launchers, which the CLI looks for on PATH."""
    inherited: Mapping[str, str]
    """The variables of the user, which win where they decide on backend and passphrase."""
    cloud: Mapping[str, str] = field(default_factory=dict)
    """The variables that lead to the environment's emulated cloud, where it has one."""

    @property
    def directory(self) -> Path:
        """The environment's private directory; also a Pulumi project, whose stack file is the private copy."""
        return self.state / "environments" / self.environment

    @property
    def stack_file(self) -> Path:
        """The private copy of the environment's file."""
        return self.directory / f"Pulumi.{self.environment}.yaml"

    @property
    def availability_directory(self) -> Path:
        """The history of what users noticed of updates."""
        return self.directory / "availability"

    @property
    def unfinished_file(self) -> Path:
        """There while an update runs, and after one that did not come to its end."""
        return self.directory / "unfinished"

    @property
    def spent_file(self) -> Path:
        """What is spent of the error budget, for the program."""
        return self.availability_directory / "spent.json"

    @property
    def runs_directory(self) -> Path:
        """One file for each run of the CLI that slipway has started here and that has not come to its end."""
        return self.directory / "runs"

    @property
    def known_hosts_file(self) -> Path:
        """Host keys that were confirmed at the first contact, for the program."""
        return self.directory / "known_hosts"

    @property
    def home(self) -> Path:
        """Pulumi's home: plugins, credentials, selected stacks."""
        return self.state / "home"

    @property
    def backend_directory(self) -> Path | None:
        """The directory of the state when it is a file backend on this machine, else None."""
        url = self._backend_url
        return Path(url.removeprefix("file://").split("?")[0]).expanduser() if url.startswith("file://") else None

    @cached_property
    def backend_files(self) -> BackendFiles | None:
        """The files of the backend, where slipway can look into it past the CLI: a directory or an S3 bucket."""
        if (directory := self.backend_directory) is not None:
            return DirectoryFiles(directory)
        return BucketFiles.from_url(self._backend_url) if self._backend_url.startswith("s3://") else None

    @cached_property
    def variables(self) -> dict[str, str]:
        """The variables to set for the CLI, PATH included; holds no secret, only the path of one."""
        path = [str(self.launchers), str(self.cli.parent)]
        inherited = [entry for entry in self.inherited.get("PATH", os.defpath).split(os.pathsep) if entry not in path]
        wanted = {
            "PATH": os.pathsep.join([*path, *inherited]),
            "PULUMI_HOME": str(self.home),
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "PULUMI_BACKEND_URL": self._backend_url,
            "PULUMI_OPTION_CONFIG_FILE": str(self.stack_file),
            "SLIPWAY_SPENT_FILE": str(self.spent_file),
            "SLIPWAY_KNOWN_HOSTS_FILE": str(self.known_hosts_file),
            **self.cloud,
        }
        if not self._has_own_passphrase:
            wanted["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(self.state / "passphrase")
        return wanted

    @property
    def process_environment(self) -> dict[str, str]:
        """The whole environment of a process that runs the CLI."""
        return {**self.inherited, **self.variables}

    @property
    def _backend_url(self) -> str:
        """The user's backend, else that of Pulumi.yaml, else files in slipway's own state."""
        # Without metadata: the library keeps it in a second file (.attrs) that it writes in place, so that a kill at
        # the wrong moment leaves it empty and the state unreadable ("failed to load checkpoint: EOF").
        own = f"file://{self.state / 'pulumi'}?metadata=skip"
        return self.inherited.get("PULUMI_BACKEND_URL") or self.project.backend_url or own

    @property
    def _has_own_passphrase(self) -> bool:
        # An empty passphrase is a legal one, so presence counts.
        return any(name in self.inherited for name in PASSPHRASE_VARIABLES)

    def prepare_files(self) -> None:
        """Make or refresh the private files; the committed ones stay as they are.

        Raises:
            OperationFailedError: No such environment, or a file is not what it must be.
        """
        committed = self._committed_file()
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.state.chmod(0o700)
        self.home.mkdir(exist_ok=True, mode=0o700)
        if (backend := self.backend_directory) and backend.is_relative_to(self.state):
            backend.mkdir(exist_ok=True, mode=0o700)
        if not self._has_own_passphrase:
            ensure_passphrase(self.state / "passphrase")
        # `pulumi stack init` knows no --config-file. In this project it writes the salt to the private copy.
        (self.directory / PROJECT_FILE).write_text(f"name: {self.project.name}\nruntime: python\n")
        if committed is not None:
            refresh_private_copy(committed, self.stack_file)

    def _committed_file(self) -> Path | None:
        """Return the committed file; None when it was removed before the environment itself was."""
        try:
            return self.project.stack_file(self.environment)
        except OperationFailedError:
            if not self.stack_file.exists():
                raise
            return None

    def export_lines(self) -> str:
        """Return shell commands that give a shell the same variables."""
        return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in sorted(self.variables.items()))


def open_session(environment: str, *, project: Project | None = None) -> Session:
    """Return the session of an environment on this machine; needs a finished set-up.

    Raises:
        OperationFailedError: The name is malformed.
        ToolchainError: The Pulumi CLI is not there yet.
    """
    from toolchain.emulator import presence  # noqa: PLC0415 - keeps `--help` quick
    from toolchain.engine import install  # noqa: PLC0415
    from toolchain.lookup import executable  # noqa: PLC0415
    from toolchain.places import state_directory  # noqa: PLC0415

    check_environment_name(environment)
    state = state_directory()
    home = state / "home"
    built, placed = executable("pulumi"), install.launchers(home) / "pulumi"
    return Session(
        project=project or find_project(),
        environment=environment,
        state=state,
        # Beside the launchers the CLI takes them for its own, and does not warn about each of them.
        cli=placed if placed.exists() else built,
        launchers=install.launchers(home),
        inherited=dict(os.environ),
        cloud=presence.variables(environment),
    )
