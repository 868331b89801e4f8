"""The Pulumi project around the current directory, and the environments that it offers.

It deliberately reads only what says where things are; what an environment file means is for stacks.settings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

PROJECT_FILE = "Pulumi.yaml"
DEFAULT_ENVIRONMENT = "local"
# Stricter than a stack's name in Pulumi: the name becomes part of container, network and DNS names.
ENVIRONMENT_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")


@dataclass(frozen=True)
class Project:
    """A Pulumi project on disk."""

    root: Path
    name: str
    stack_directory: Path
    """Where the committed files `Pulumi.<environment>.yaml` are."""
    backend_url: str | None
    """The backend that Pulumi.yaml names for the state, which wins over slipway's own."""

    def environments(self) -> list[str]:
        """Return the names of all environments that have a file, sorted."""
        return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in self.stack_directory.glob("Pulumi.*.yaml"))

    def stack_file(self, environment: str) -> Path:
        """Return the committed file of an environment.

        Raises:
            OperationFailedError: There is no such environment; the text lists those there are.
        """
        path = self.stack_directory / f"Pulumi.{environment}.yaml"
        if path.is_file():
            return path
        known = ", ".join(self.environments()) or "none"
        raise OperationFailedError(
            f"There is no environment '{environment}': {path} does not exist.\n"
            f"Environments in {self.stack_directory}: {known}. Name one of them, or add that file.",
            ExitCode.CONFIGURATION,
        )


def find_project(start: Path | None = None) -> Project:
    """Return the project at or above `start` (the current directory), else the one that slipway is part of.

    Raises:
        OperationFailedError: There is none, or its file cannot be read.
    """
    begin = (start or Path.cwd()).resolve()
    own = Path(__file__).resolve().parents[1]
    for directory in (begin, *begin.parents, own):
        if (directory / PROJECT_FILE).is_file():
            return _read(directory)
    raise OperationFailedError(
        f"No {PROJECT_FILE} in {begin} or above it. Change into the checkout of slipway and try again.",
        ExitCode.CONFIGURATION,
    )


def check_environment_name(environment: str) -> None:
    """Refuse a name that could not be part of a container's or a DNS name.

    Raises:
        OperationFailedError: The name is malformed.
    """
    if not ENVIRONMENT_NAME.fullmatch(environment):
        raise OperationFailedError(
            f"'{environment}' cannot be an environment: expected up to 32 small letters, digits and dashes, "
            "starting and ending with a letter or digit.",
            ExitCode.CONFIGURATION,
        )


def _read(directory: Path) -> Project:
    path = directory / PROJECT_FILE
    try:
        content: Any = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise OperationFailedError(f"{path} cannot be read: {error}", ExitCode.CONFIGURATION) from error
    if not isinstance(content, dict) or not isinstance(content.get("name"), str):
        raise OperationFailedError(f"{path} has no 'name'. It must be a Pulumi project file.", ExitCode.CONFIGURATION)
    return Project(
        root=directory,
        name=content["name"],
        stack_directory=directory / str(content.get("stackConfigDir", ".")),
        backend_url=_backend_url(content, directory),
    )


def _backend_url(content: dict[str, Any], directory: Path) -> str | None:
    backend = content.get("backend")
    url = backend.get("url") if isinstance(backend, dict) else None
    if isinstance(url, str) and url.startswith("file://."):
        # Relative to the project; commands that run elsewhere need it absolute.
        return f"file://{directory / url.removeprefix('file://')}"
    return url if isinstance(url, str) and url else None
