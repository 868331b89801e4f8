"""A stack whose every word is looked at: what the CLI says, what it leaves in files, and the process list meanwhile.

It is told the secrets and the program; which places may hold them is said here, as it is the same for every plugin.
"""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

from tests.plugins.kubernetes.stack import Stack
from tests.plugins.trust.canary import Watch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOUD = ("-v9", "--logtostderr", "--logflow")
# From level 7 on the engine itself writes out properties as it plans, sends and gets them, whoever the plugin is
# (pkg/resource/deploy/step_generator.go, pkg/resource/plugin/rpc.go); every other line is looked at.
ENGINE_TRACE = re.compile(r'"msg":"(Planner decided|Marshaling property for RPC|Unmarshaling property for RPC)\b')
# The last one is the CLI itself, 150 MiB beside its launchers.
HOLDERS = ("__main__.py", "canaries.json", "kubeconfig", "pulumi")
# The program reads its secrets from a file, as the command line and the program's text would hold them in the clear.
_PREAMBLE = """
import json
from pathlib import Path

import pulumi

canaries = json.loads((Path(__file__).parent / "canaries.json").read_text())
protected, revision, failing = {protected}, {revision}, {failing}
protect = pulumi.Output.secret if protected else pulumi.Output.from_input
"""


class WatchedStack:
    """One stack, and a watch for its secrets."""

    def __init__(self, folder: Path, kubeconfig: str, secrets: Mapping[str, str], *, protected: bool) -> None:
        self._protected = protected
        self.stack = Stack(folder, kubeconfig, "canaries", "c")
        self.watch = Watch(secrets)
        (folder / "canaries.json").touch(mode=0o600)
        (folder / "canaries.json").write_text(json.dumps(secrets), encoding="utf-8")

    def write(self, program: str, revision: int, *, failing: bool = False) -> None:
        """Set the program; it finds ``canaries``, ``protect``, ``protected``, ``revision`` and ``failing`` defined."""
        preamble = _PREAMBLE.format(revision=repr(str(revision)), failing=failing, protected=self._protected)
        self.stack.write(preamble + program)

    def run(self, *arguments: str, succeeds: bool = True, stdin: str | None = None) -> str:
        """Run the CLI under watch and look at what it said and at what it left in files; return what it said."""
        with self.watch:
            done = subprocess.run(
                self.stack.command(*arguments),
                env={**self.stack.environment, "PULUMI_DEBUG_COMMANDS": "true"},  # offers --event-log
                input=stdin,
                text=True,
                capture_output=True,
                timeout=300,
                check=False,
            )
        assert (done.returncode == 0) is succeeds, f"{arguments}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        said = " ".join(argument for argument in arguments if not argument.startswith("/"))
        self.watch.text(f"standard output of {said}", done.stdout)
        kept = [line for line in done.stderr.splitlines() if not self._protected or not ENGINE_TRACE.search(line)]
        self.watch.text(f"standard error of {said}", "\n".join(kept))
        self.watch.files(self.stack.folder, but=HOLDERS)
        return done.stdout

    def live_through_everything(self, program: str, folder: Path) -> str:
        """Preview, create, change, fail, refresh, export and destroy; return the events of the failing update.

        Each revision of the program changes every resource.
        """
        self.write(program, 1)
        self.run("preview", "--diff", *LOUD)
        self.run("up", "--yes", "--skip-preview", "--event-log", str(folder / "events-1.json"), *LOUD)
        self.write(program, 2)
        self.run("preview", "--json", "--event-log", str(folder / "events-2.json"))
        self.run("up", "--yes", "--diff", "--event-log", str(folder / "events-3.json"))
        self.write(program, 3, failing=True)
        events = ("--event-log", str(folder / "events-4.json"))
        # Without --continue-on-error the first failure would keep the others from being tried.
        self.run("up", "--yes", "--diff", "--continue-on-error", *events, *LOUD, succeeds=False)
        self.run("refresh", "--yes", "--diff", *LOUD)
        self.run("stack", "export")
        self.run("destroy", "--yes", "--diff", *LOUD)
        return (folder / "events-4.json").read_text(encoding="utf-8")

    def places(self) -> set[str]:
        """Return where secrets were found, whichever."""
        return {found.partition(" in ")[2] for found in self.watch.found}

    def named(self) -> set[str]:
        """Return which secrets were found, wherever."""
        return {found.partition(" in ")[0] for found in self.watch.found}
