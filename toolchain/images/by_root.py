"""Lets root build images for a user who has sudo, and gives that user all that came of it.

It deliberately passes the environment through a pipe: on a command line everybody could read a proxy's password.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from rich.console import Console

from toolchain import places
from toolchain.failure import ToolchainError
from toolchain.images import lookup
from toolchain.images.outcome import ImageOutcome
from toolchain.images.recipe import RECIPES_DIRECTORY, load_recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_MODULE: Final = "toolchain.images.by_root"
_WITHOUT_CACHES: Final = {"UV_NO_CACHE": "1", "PIP_NO_CACHE_DIR": "1"}
"""Root's files must not end up among what the user's own tools keep."""
_PARTIAL: Final = ".partial-"
_TOLD: Final = ("name", "status", "seconds", "failure")


def needs_root(names: Sequence[str], recipes: Path) -> bool:
    """Say whether somebody else than this user has to build one of the images: apt mounts, and keeps owners."""
    if os.geteuid() == 0 or recipes != RECIPES_DIRECTORY:
        return False
    found = [load_recipe(name, recipes) for name in names]
    return any(recipe.packages or recipe.extract or recipe.archives for recipe in found)


def build_by_root(names: Sequence[str]) -> Iterator[ImageOutcome]:
    """Build images with sudo, which may ask for a password on the terminal.

    Args:
        names: Folders of recipes.

    Yields:
        One outcome per image, as soon as it is there.

    Raises:
        ToolchainError: There is no sudo, or it did not let us.
    """
    from toolchain.machine import as_root  # noqa: PLC0415 - few need it, and it loads all of the engine's set-up

    command = (*as_root(), sys.executable, "-m", _MODULE, *names)
    missing = set(names)
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101 - for the type checker
        assert process.stdout is not None  # noqa: S101 - likewise
        # A sudo that refuses does not listen; that it did is told below.
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(dict(os.environ)))
        with suppress(BrokenPipeError):
            process.stdin.close()
        for line in process.stdout:
            fields = json.loads(line)
            missing.discard(fields["name"])
            found = None if fields["failure"] else lookup.find(fields["name"], RECIPES_DIRECTORY)
            yield ImageOutcome(**fields, image=found)
    if missing:
        raise ToolchainError(
            f"Root did not build {', '.join(sorted(missing))}: sudo ended with code {process.returncode}.\n"
            "Images of Debian packages are made by root, for their mounts and owners. Try: sudo -v, and run this again."
        )


def give(directory: Path, user: tuple[int, int]) -> None:
    """Make a directory and what is in it the user's, less what is still being built: owners count in there."""
    for folder, below, files in os.walk(directory):
        below[:] = [name for name in below if not name.startswith(_PARTIAL)]
        for path in (folder, *(os.path.join(folder, name) for name in files)):  # noqa: PTH118 - as os.walk gives it
            os.chown(path, *user, follow_symlinks=False)


def _main(names: Sequence[str]) -> None:
    from toolchain.images.build import build_all  # noqa: PLC0415 - which starts this module for users

    # Before the user's variables, who may have come here by sudo, too.
    user = (int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"]))
    os.environ.update(json.load(sys.stdin), **_WITHOUT_CACHES)
    os.environ["PATH"] += f"{os.pathsep}/usr/sbin{os.pathsep}/sbin"

    def report(outcome: ImageOutcome) -> None:
        give(lookup.directory(outcome.name, RECIPES_DIRECTORY).parent, user)
        print(json.dumps({key: getattr(outcome, key) for key in _TOLD}), flush=True)  # noqa: T201 - read by our starter

    try:
        build_all(Console(file=sys.stderr, quiet=True), names, finished=report)
    finally:
        for name in ("images", "locks"):
            give(places.cache_directory() / name, user)


if __name__ == "__main__":
    _main(sys.argv[1:])
