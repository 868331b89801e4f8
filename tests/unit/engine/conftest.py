"""A small Pulumi project with a home and a state of its own, driven by the real CLI.

Nothing is replaced: the CLI finds our language host beside itself and starts our program with it.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from toolchain.engine import install

if TYPE_CHECKING:
    from pathlib import Path

STACK = "try"
SECRET = "correct-horse-battery-staple"
PROGRAM = """
import os, pathlib, signal, time
import pulumi

config, here = pulumi.Config(), pathlib.Path("PLACE")
token = config.require_secret("token")

def lines_of(process):
    return pathlib.Path(f"/proc/{process}/cmdline").read_text().replace("\\0", " ")

(here / "arguments").write_text(lines_of("self") + lines_of(os.getppid()))
(here / "environment").write_text(repr(dict(os.environ)))
(here / "pid").write_text(str(os.getpid()))

class Box(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("try:index:Box", name)
        self.register_outputs({"token": token})

mode = (here / "mode").read_text()
if mode == "raise":
    raise LookupError("the cellar is empty")
if mode == "refuse":
    raise pulumi.RunError("slipway:pools: is missing; expected a list")
if mode == "sleep":
    (here / "asleep").touch()
    time.sleep(120)
Box("box")
pulumi.export("token", token)
pulumi.export("organization", pulumi.get_organization())
"""


@dataclass(frozen=True)
class Project:
    """A stack in a directory of its own."""

    directory: Path
    variables: dict[str, str]

    def set_mode(self, mode: str) -> None:
        """Say what the program does: `work`, `raise`, `refuse` or `sleep`."""
        (self.directory / "mode").write_text(mode)

    def written(self, name: str) -> str:
        """Return what the program wrote down about itself."""
        return (self.directory / name).read_text()

    def start(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """Start a command of the CLI in a process group of its own, as a shell does, with more variables if need be."""
        return subprocess.Popen(
            ["pulumi", *arguments, "--non-interactive", "--color=never"],  # the CLI on PATH, beside its language host
            cwd=self.directory,
            env=self.variables | variables,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run a command and return its exit code and everything it said."""
        with self.start(*arguments, **variables) as process:
            said, _ = process.communicate(timeout=120)
            return process.returncode, said


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PULUMI_HOME with our launchers."""
    directory = tmp_path_factory.mktemp("home")
    install.install(directory)
    return directory


@pytest.fixture(scope="session")
def made(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The project, with a secret in its configuration."""
    directory = tmp_path_factory.mktemp("project")
    (directory / "state").mkdir()
    (directory / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
    (directory / "__main__.py").write_text(PROGRAM.replace("PLACE", str(directory)))
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")} | {
        "PATH": f"{install.launchers(home)}:{os.environ['PATH']}",
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{directory}/state",
        "PULUMI_CONFIG_PASSPHRASE": "only for this test",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }
    project = Project(directory, variables)
    for arguments in (["stack", "init", STACK], ["config", "set", "--secret", "token", SECRET, "--stack", STACK]):
        code, said = project.run(*arguments)
        assert code == 0, said
    return project


@pytest.fixture
def project(made: Project) -> Project:
    """The project with a program that works."""
    made.set_mode("work")
    return made
