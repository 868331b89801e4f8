"""One stack of one case: a folder with a project, and the real Pulumi CLI on it.

It asserts nothing; it returns what the CLI did and said.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from tests.plugins.cases.checkpoint import Checkpoint, read_checkpoint
from tests.plugins.cases.engine_events import EngineEvents

if TYPE_CHECKING:
    from pathlib import Path

PROJECT, STACK, PASSPHRASE = "cases", "case", "test"
_TIMEOUT_SECONDS = 45
_SKIPPING = {
    "up": ["--skip-preview", "--yes"],
    "refresh": ["--skip-preview", "--yes"],
    "destroy": ["--skip-preview", "--yes"],
}


@dataclass(frozen=True)
class Done:
    """An operation that has ended."""

    code: int
    output: str
    events: EngineEvents

    @property
    def errors(self) -> str:
        """All errors: those that the engine reported, and what the CLI itself said when it failed."""
        return "\n".join([self.events.said("error", "info#err"), self.output])


class Stack:
    """A stack in a file backend."""

    def __init__(self, folder: Path, cli: str, environment: dict[str, str]) -> None:
        self._folder = folder
        self._cli = cli
        self._environment = {
            **environment,
            "PULUMI_BACKEND_URL": f"file://{folder}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_DEBUG_COMMANDS": "1",  # --event-log
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "NO_COLOR": "1",
        }

    def initialize(self) -> None:
        """Make the project and its empty stack."""
        project = f"name: {PROJECT}\nruntime: python\n"
        (self._folder / "Pulumi.yaml").write_text(project, encoding="utf-8")
        code, output = self._call("stack", "init", STACK)
        assert code == 0, output

    def configure(self, config: dict[str, str]) -> None:
        """Set the stack's configuration, beside the salt that is there."""
        path = self._folder / f"Pulumi.{STACK}.yaml"
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        path.write_text(yaml.safe_dump({**document, "config": config}), encoding="utf-8")

    def write_program(self, text: str) -> None:
        """Set the program that the language host runs."""
        (self._folder / "__main__.py").write_text(text, encoding="utf-8")

    def run(self, operation: str, arguments: list[str], client: str) -> Done:
        """Run one operation to its end; ``client`` is where the program is served, if it is."""
        log = self._folder / "events.json"
        log.unlink(missing_ok=True)
        flags = [*_SKIPPING.get(operation, []), "--event-log", str(log), "--stack", STACK, *arguments]
        if client and operation in ("up", "preview"):
            flags.append(f"--client={client}")
        code, output = self._call(operation, *flags)
        return Done(code, output, EngineEvents(log, refresh=operation == "refresh"))

    def checkpoint(self) -> Checkpoint:
        """Return the state."""
        return read_checkpoint(self._folder / ".pulumi" / "stacks" / PROJECT / f"{STACK}.json", PASSPHRASE)

    def _call(self, *arguments: str) -> tuple[int, str]:
        command = [self._cli, *arguments, "--non-interactive", "--cwd", str(self._folder)]
        try:
            done = subprocess.run(
                command,
                env={**os.environ, **self._environment},
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as expired:
            said = expired.stdout or b""
            return -1, f"No end after {_TIMEOUT_SECONDS} s.\n{said.decode() if isinstance(said, bytes) else said}"
        return done.returncode, done.stdout
