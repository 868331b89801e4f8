"""The plugin under the real CLI with a file backend: up, preview, refresh and destroy of many ConfigMaps.

It also measures what settings of the engine change; it decides on none of them.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bench.plugin.direct import peak_mib
from tests.plugins.kubernetes.stack import Stack

if TYPE_CHECKING:
    from tests.plugins.kubernetes.control_plane import ControlPlane

STEPS = ("up", "preview", "refresh", "destroy")
_ARGUMENTS = {
    "up": ("up", "--yes", "--skip-preview"),
    "preview": ("preview", "--expect-no-changes"),
    "refresh": ("refresh", "--yes", "--skip-preview", "--expect-no-changes"),
    "destroy": ("destroy", "--yes", "--skip-preview"),
}
_SAMPLE_SECONDS = 0.2
_PROGRAM = """
from pulumi_kubernetes.core.v1 import ConfigMap

for number in range({objects}):
    metadata = {{"name": f"settings-{{number}}", "namespace": "{namespace}"}}
    ConfigMap(f"settings-{{number}}", metadata=metadata, data={{"number": str(number), "k": "v"}})
"""


@dataclass(frozen=True)
class Setting:
    """One way to run the CLI."""

    name: str
    environment: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """The name as part of a path or namespace."""
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")


SETTINGS = (
    Setting("as it is"),
    Setting("--parallel 1", arguments=("--parallel", "1")),
    Setting("--parallel 4", arguments=("--parallel", "4")),
    Setting("--parallel 32", arguments=("--parallel", "32")),
    Setting("GOGC=400", {"GOGC": "400"}),
    Setting("PULUMI_DIY_BACKEND_GZIP", {"PULUMI_DIY_BACKEND_GZIP": "true"}),
    Setting("PULUMI_DIY_BACKEND_ZSTD", {"PULUMI_DIY_BACKEND_ZSTD": "true"}),
    Setting("--disable-integrity-checking", arguments=("--disable-integrity-checking",)),
    Setting("PULUMI_PARALLEL_DIFF", {"PULUMI_PARALLEL_DIFF": "true"}),
    Setting("PULUMI_SKIP_CHECKPOINTS", {"PULUMI_SKIP_CHECKPOINTS": "true"}),
)
"""PULUMI_OPTIMIZED_CHECKPOINT_PATCH and journaling are not here: only Pulumi's own service backend knows them."""


@dataclass
class Times:
    """One stack's life."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    """Processor seconds of the CLI and all that it started: what other work on the machine changes least."""
    load: dict[str, tuple[float, float]] = field(default_factory=dict)
    plugin_mib: float = 0.0
    """Peak resident set of the plugin over all steps."""
    cli_mib: float = 0.0


def run(plane: ControlPlane, folder: Path, objects: int, setting: Setting = SETTINGS[0]) -> Times:
    """Take a stack through its whole life.

    Raises:
        RuntimeError: A step failed; the text is what the CLI said.
    """
    namespace = folder.name
    plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
    folder.mkdir()
    stack = Stack(folder, plane.kubeconfig(), "bench", "s")
    stack.write(_PROGRAM.format(objects=objects, namespace=namespace))
    times = Times()
    for step in STEPS:
        before, started, used = os.getloadavg()[0], time.monotonic(), _cpu_seconds()
        _run(stack, (*_ARGUMENTS[step], *setting.arguments), setting.environment, times)
        times.seconds[step] = round(time.monotonic() - started, 2)
        times.cpu[step] = round(_cpu_seconds() - used, 1)
        times.load[step] = (before, os.getloadavg()[0])
    return times


def _run(stack: Stack, arguments: tuple[str, ...], environment: dict[str, str], times: Times) -> None:
    log = stack.folder / "cli.log"
    with log.open("wb") as output:
        cli = subprocess.Popen(
            stack.command(*arguments),
            env={**stack.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        watcher = threading.Thread(target=_watch, args=(cli, times), daemon=True)
        watcher.start()
        cli.wait()
        watcher.join()
    if cli.returncode:
        raise RuntimeError(f"{' '.join(arguments)} ended with {cli.returncode}:\n{log.read_text()[-3000:]}")


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _watch(cli: subprocess.Popen[bytes], times: Times) -> None:
    plugins: set[int] = set()
    while cli.poll() is None:
        plugins |= {pid for pid in _children(cli.pid) if b"plugins.kubernetes" in _command(pid)}
        times.plugin_mib = max([times.plugin_mib, *(peak_mib(pid) for pid in plugins)])
        times.cli_mib = max(times.cli_mib, peak_mib(cli.pid))
        time.sleep(_SAMPLE_SECONDS)


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return []


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
