"""What all cases of one worker share: the CLI, an empty stack to copy, and the servers that engines attach to.

It knows no case.
"""

from __future__ import annotations

import gc
import os
import shutil
from typing import TYPE_CHECKING

from tests.plugins.cases.background import Background
from tests.plugins.cases.plugin_server import PluginServer
from tests.plugins.cases.program_server import ProgramServer
from tests.plugins.cases.stack import Stack
from toolchain.engine.install import install, launchers

if TYPE_CHECKING:
    from pathlib import Path


class Bench:
    """Everything that would be too dear to make for every case."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        home = folder / "home"
        install(home)
        self._cli = str(launchers(home) / "pulumi")
        self._environment = {"PATH": f"{launchers(home)}:{os.environ['PATH']}", "PULUMI_HOME": str(home)}
        self._template = folder / "template"
        self._template.mkdir()
        Stack(self._template, self._cli, self._environment).initialize()
        self.background = Background()
        self.programs = ProgramServer()
        self.plugin = PluginServer()
        self.background.call(self.plugin.start())
        self._count = 0

    @property
    def path(self) -> str:
        """Where programs find slipway's tools, and all others."""
        return self._environment["PATH"]

    def stack(self, environment: dict[str, str], *, attach: str) -> Stack:
        """Return a new stack; its engine attaches to the plugin ``attach``, unless that is empty."""
        self._count += 1
        folder = self._folder / f"stack-{self._count}"
        # Making a stack takes the CLI half a second; a copy has its own state and shares the salt.
        shutil.copytree(self._template, folder)
        attached = {"PULUMI_DEBUG_PROVIDERS": f"{attach}:{self.plugin.port}"} if attach else {}
        return Stack(folder, self._cli, {**self._environment, **attached, **environment})

    def stop(self) -> None:
        """End the servers."""
        gc.collect()  # what programs that were cut off left behind complains here, where it is expected
        self.background.call(self.plugin.stop())
        self.programs.stop()
        self.background.stop()
