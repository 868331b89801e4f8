"""`bench/run-plugins`: the kubernetes stand-in with many ConfigMaps, beside its targets.

It deliberately measures wall clock on whatever machine it is; the load average stands beside each figure.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.plugin import direct, engine
from tests.plugins.kubernetes.control_plane import ControlPlane, Tools, find_tool

OFFICIAL = {"up": 141.0, "preview": 15.5, "refresh": 39.0}
"""Seconds of the official plugin for 1,000 ConfigMaps, CLI 3.253, file backend, a machine like this: issue 4."""
TARGETS = {"up": 0.9 * OFFICIAL["up"], "preview": OFFICIAL["preview"], "refresh": OFFICIAL["refresh"]}
MEMORY_MIB = 250.0
RATIO = 1.5
console = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(prog="bench/run-plugins", description="Measure the kubernetes stand-in.")
    parser.add_argument("--objects", type=int, default=1000, metavar="N", help="how many ConfigMaps (default 1000)")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="rounds of plugin alone and kubectl in turn")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything measured to a file")
    parser.add_argument("--only", choices=["direct", "engine", "settings"], help="one part")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the control plane is stopped
    measured: dict[str, Any] = {"measuredAt": datetime.now(UTC).isoformat(timespec="seconds"), "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory(prefix="slipway-bench-plugin-") as work:
        plane = ControlPlane(Path(work) / "plane", _tools())
        plane.folder.mkdir()
        try:
            plane.start()
            _measure(plane, Path(work), options, measured)
        finally:
            plane.stop()
            if options.json:
                options.json.write_text(json.dumps(measured, indent=2) + "\n")
    for table in tables(measured, options.objects):
        Console().print(table)
    return 0


def _tools() -> Tools:
    return Tools(find_tool("etcd"), find_tool("kube-apiserver"), find_tool("kube-controller-manager"))


def _measure(plane: ControlPlane, work: Path, options: argparse.Namespace, measured: dict[str, Any]) -> None:
    if options.only in (None, "direct"):
        measured["direct"] = []
        for number in range(1, options.repeat + 1):
            found = direct.compare(plane, work, number, options.objects)
            measured["direct"].append(asdict(found))
            console.print(
                f"plugin alone {found.plugin_seconds:.1f} s, kubectl {found.kubectl_seconds:.1f} s", markup=False
            )
    if options.only in (None, "engine"):
        measured["engine"] = asdict(engine.run(plane, work / "engine", options.objects))
        console.print(f"under the engine: {measured['engine']}", markup=False)
    if options.only == "settings":  # ten stacks: a good half hour with 1,000 objects
        measured["settings"] = []
        for setting in engine.SETTINGS:
            found_times = engine.run(plane, work / setting.slug, options.objects, setting)
            measured["settings"].append({"setting": setting.name, **asdict(found_times)})
            console.print(f"{setting.name}: {found_times}", markup=False)


def tables(measured: dict[str, Any], objects: int) -> list[Table]:
    """Return what was measured beside the targets, which hold for 1,000 objects."""
    found = []
    compared = Table("what", "measured", "target", "", title=f"{objects} ConfigMaps")
    if rounds := measured.get("direct"):
        ratios = sorted(item["plugin_seconds"] / item["kubectl_seconds"] for item in rounds)
        _row(compared, "plugin alone / kubectl apply --server-side", ratios[len(ratios) // 2], RATIO, "")
    if times := measured.get("engine"):
        for name, target in TARGETS.items():
            _row(compared, name, times["seconds"][name], target, "s")
        _row(compared, "memory of the plugin", times["plugin_mib"], MEMORY_MIB, "MiB")
    if compared.row_count:
        found.append(compared)
    if settings := measured.get("settings"):
        title = "What the engine costs: seconds (processor seconds)"
        table = Table("engine setting", *engine.STEPS, "CLI MiB", "plugin MiB", title=title)
        for item in settings:
            seconds = (f"{item['seconds'][step]:.1f} ({item['cpu'][step]:.1f})" for step in engine.STEPS)
            table.add_row(item["setting"], *seconds, f"{item['cli_mib']:.0f}", f"{item['plugin_mib']:.0f}")
        found.append(table)
    return found


def _row(table: Table, what: str, figure: float, target: float, unit: str) -> None:
    table.add_row(what, f"{figure:.2f} {unit}", f"<= {target:g} {unit}", "met" if figure <= target else "missed")


if __name__ == "__main__":
    sys.exit(main())
