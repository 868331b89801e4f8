"""Puts the launchers of the language host and of the stand-in plugins where the Pulumi CLI looks for them.

It installs nothing that exists officially there already: a plugin that was downloaded is left alone.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from importlib import metadata
from pathlib import Path

from toolchain import lookup

ROOT = Path(__file__).resolve().parents[2]
MARK = "# made by slipway"
NO_LOGS = """The Pulumi CLI finds this file where it would keep a log of every call of every run, and so keeps none.
For a log of one run: pulumi ... --logtostderr -v=9
"""
STAND_INS = {"kubernetes": "pulumi-kubernetes", "docker": "pulumi-docker"}
"""Provider name and the distribution whose version the SDK asks for."""

LAUNCHERS = {
    "pulumi-language-python": "toolchain.engine",
    "pulumi-resource-pulumi-python": "toolchain.engine.dynamic_provider",
}

RENDERERS = ("kubectl", "helm")
"""What the kubernetes stand-in finds on PATH for kustomizations and charts, once set-up has brought it."""


def launchers(home: Path) -> Path:
    """Return the folder that belongs on PATH while the CLI runs."""
    return home / "launchers"


def install(home: Path) -> list[str]:
    """Write every launcher that is missing or belongs to another checkout.

    Args:
        home: the folder that ``PULUMI_HOME`` names.

    Returns:
        The names of the launchers that were written; empty when all were in place.
    """
    _refuse_logs(home / "logs")
    wanted = {launchers(home) / name: module for name, module in LAUNCHERS.items()}
    for name, distribution in STAND_INS.items():
        folder = home / "plugins" / f"resource-{name}-v{metadata.version(distribution)}"
        wanted[folder / f"pulumi-resource-{name}"] = f"plugins.{name}"
    written = [path.name for path, module in wanted.items() if _write(path, _script(module))]
    for name in RENDERERS:
        _link(name, launchers(home) / name)
    if _place_cli(lookup.executable("pulumi"), launchers(home) / "pulumi"):
        written.append("pulumi")
    return written


def _refuse_logs(place: Path) -> None:
    """Keep the CLI from logging by itself, for which it has no switch (pkg/logging/encrypted.go, StartLogging).

    Its log costs a third of its processor time and 9 MB a run, outlives the environment, and is not encrypted before
    the stack is known.
    """
    if place.is_dir():
        shutil.rmtree(place)
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        place.write_text(NO_LOGS, encoding="utf-8")


def _link(name: str, wanted: Path) -> None:
    """Link a tool if it is in the cache; one that is not is asked for by the error of whoever needs it."""
    try:
        built = lookup.executable(name)
    except lookup.MissingToolError:
        return
    if wanted.is_symlink() and wanted.readlink() == built:
        return
    temporary = wanted.with_name(f"{name}.new")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(built)
    temporary.replace(wanted)


def _place_cli(built: Path, wanted: Path) -> bool:
    """Put the CLI beside the launchers: it looks for the language host in its own folder first, by its real path."""
    if wanted.exists() and _same(wanted.stat(), built.stat()):
        return False
    temporary = wanted.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    try:
        os.link(built, temporary)
    except OSError:  # another file system
        shutil.copy2(built, temporary)
    temporary.replace(wanted)
    return True


def _same(one: os.stat_result, other: os.stat_result) -> bool:
    """Compare without reading: a link is the same file, a copy keeps size and time."""
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _script(module: str) -> str:
    python, root = shlex.quote(sys.executable), shlex.quote(str(ROOT))
    # exec: a launcher that stays would hide the death of the CLI from the plugin, which watches its parent.
    # -u: the CLI waits for the port, which the SDK's host of dynamic providers writes and does not flush.
    return f'#!/bin/sh\n{MARK}\nexport PYTHONPATH={root}\nexec {python} -u -m {module} "$@"\n'


def _write(path: Path, content: str) -> bool:
    """Write atomically; leave an official plugin (one without our mark) alone."""
    if path.exists():
        present = path.read_bytes()
        if present == content.encode() or MARK.encode() not in present:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    temporary.write_text(content)
    temporary.chmod(0o755)
    temporary.replace(path)
    return True
