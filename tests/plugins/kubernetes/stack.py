"""Runs one program with the real Pulumi CLI, the language host and this plugin, in a folder of its own.

It asserts nothing; it returns what the CLI said and what it wrote.
"""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from tests.plugins.kubernetes.control_plane import find_tool
from toolchain.engine.install import install, launchers

if TYPE_CHECKING:
    from pathlib import Path

_PROJECT = "name: {project}\nruntime:\n  name: python\n"


class Stack:
    """One project with one stack in a file backend; ``plugins`` are lines for Pulumi.yaml."""

    def __init__(self, folder: Path, kubeconfig: str, project: str, name: str, *, plugins: str = "") -> None:
        self._folder = folder
        self._project = project
        self._name = name
        home = folder / "home"
        install(home)
        (folder / "Pulumi.yaml").write_text(_PROJECT.format(project=project) + plugins, encoding="utf-8")
        config = folder / "kubeconfig"
        config.touch(mode=0o600)
        config.write_text(kubeconfig, encoding="utf-8")
        self.environment = {
            **os.environ,
            "PATH": f"{launchers(home)}:{os.environ.get('SLIPWAY_TOOLS', '')}:{os.environ['PATH']}",
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{folder}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "KUBECONFIG": str(config),
        }
        self.run("stack", "init", name)

    def write(self, program: str) -> None:
        """Set the program."""
        (self._folder / "__main__.py").write_text(program, encoding="utf-8")

    @property
    def folder(self) -> Path:
        """Where project, state and Pulumi's home are."""
        return self._folder

    def command(self, *arguments: str) -> list[str]:
        """Return the command line of the CLI."""
        return [find_tool("pulumi"), *arguments, "--non-interactive", "--cwd", str(self._folder)]

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run the CLI and return its output."""
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        assert done.returncode == expect, f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def checkpoint(self) -> dict[str, Any]:
        """Return the state as it is on disk, with its secrets encrypted."""
        path = self._folder / ".pulumi" / "stacks" / self._project / f"{self._name}.json"
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return document

    def exported(self) -> dict[str, Any]:
        """Return the state with its secrets in plain text."""
        document: dict[str, Any] = json.loads(self.run("stack", "export", "--show-secrets"))
        return document
