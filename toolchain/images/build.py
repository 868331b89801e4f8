"""Building every image that is missing: the shared base first, then the rest side by side, each in one rename.

It deliberately knows nothing of what an image is for; recipes say what is in it, and callers where it goes.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from toolchain import places
from toolchain.cache import publish
from toolchain.failure import ToolchainError
from toolchain.images import lookup
from toolchain.images.apt import Apt
from toolchain.images.by_root import build_by_root, needs_root
from toolchain.images.content import content_entries, own_entries
from toolchain.images.entry import with_parents
from toolchain.images.key import script_text
from toolchain.images.layer import Layer, write_layer
from toolchain.images.layout import ImageLayout, adopt_blob, write_layout
from toolchain.images.outcome import ImageOutcome
from toolchain.images.recipe import RECIPES_DIRECTORY, load_recipe, recipe_names
from toolchain.images.stage import Stage, base_stage, clear_partial, packages_stage
from toolchain.images.tree import directories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

# Package installs alternate between waiting for the disk and one core; a third worker would only queue for both.
_WORKERS = 2
_MIB = 1 << 20


def build_all(
    console: Console,
    names: Sequence[str] = (),
    recipes: Path = RECIPES_DIRECTORY,
    *,
    finished: Callable[[ImageOutcome], None] | None = None,
) -> list[ImageOutcome]:
    """Build what is missing and say so, a line per image.

    Args:
        console: Where progress goes.
        names: Folders of recipes; all of them when empty.
        recipes: Where the folders are.
        finished: Called with each outcome as soon as it is there.

    Returns:
        One outcome per image, sorted by name; a failed one does not stop the others.
    """
    outcomes: list[ImageOutcome] = []
    for outcome in _outcomes(console, names or recipe_names(recipes), recipes):
        outcomes.append(outcome)
        console.print(_line(outcome), highlight=False, markup=False)
        if finished:
            finished(outcome)
    return sorted(outcomes, key=lambda outcome: outcome.name)


def _outcomes(console: Console, names: Sequence[str], recipes: Path) -> Iterator[ImageOutcome]:
    missing: list[str] = []
    for name in names:
        outcome = _cached(name, recipes)
        if outcome is None:
            missing.append(name)
        else:
            yield outcome
    if not missing:
        return
    if needs_root(missing, recipes):
        console.print(f"building {len(missing)} image(s) as root: {', '.join(missing)}", highlight=False)
        yield from build_by_root(missing)
        return
    with _lock(console):
        console.print(f"building {len(missing)} image(s): {', '.join(missing)}", highlight=False)
        yield from _Builder(recipes).build(missing)


def _cached(name: str, recipes: Path) -> ImageOutcome | None:
    started = time.monotonic()
    try:
        found = lookup.find(name, recipes)
    except ToolchainError as error:
        return ImageOutcome(name, "failed", time.monotonic() - started, failure=str(error))
    return ImageOutcome(name, "cached", time.monotonic() - started, found) if found else None


class _Builder:
    """One run of builds; it holds the lock of the images."""

    def __init__(self, recipes: Path) -> None:
        self.recipes = recipes
        self.apt = Apt(places.cache_directory() / "images" / ".apt")
        self._told: set[BaseException] = set()

    def build(self, names: Sequence[str]) -> Iterator[ImageOutcome]:
        clear_partial()
        packages = {name: len(load_recipe(name, self.recipes).packages) for name in names}
        plain = [name for name in names if not packages[name]]
        # The largest installs last longest, so they start first.
        debian = sorted(set(names) - set(plain), key=lambda name: (-packages[name], name))
        with ThreadPoolExecutor(_WORKERS, "image") as pool:
            # While one worker makes the base, the other one makes what does not stand on it.
            base = pool.submit(base_stage, self.apt) if debian else None
            futures = [pool.submit(self._outcome, name, base) for name in (*plain, *debian)]
            for future in as_completed(futures):
                yield future.result()
        # 250 MB of lists and downloads that the next run would have to refresh anyway.
        shutil.rmtree(self.apt.directory, ignore_errors=True)

    def _outcome(self, name: str, base: Future[Stage] | None) -> ImageOutcome:
        started = time.monotonic()
        try:
            built = self._image(name, base)
        except (ToolchainError, OSError) as error:
            # The base fails once; what stands on it gets the very same error.
            failure = "The base it stands on failed, see above." if error in self._told else str(error)
            self._told.add(error)
            return ImageOutcome(name, "failed", time.monotonic() - started, failure=failure)
        return ImageOutcome(name, "built", time.monotonic() - started, built)

    def _image(self, name: str, base: Future[Stage] | None) -> ImageLayout:
        final = lookup.directory(name, self.recipes)
        final.parent.mkdir(parents=True, exist_ok=True)
        for leftover in final.parent.glob(".partial-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=final.parent) as partial:
            layout, work = Path(partial, "layout"), Path(partial, "work")
            (layout / "blobs" / "sha256").mkdir(parents=True)
            work.mkdir()
            write_layout(layout, load_recipe(name, self.recipes), self._layers(name, base, layout, work))
            publish(layout, final)
        return lookup.image(name, self.recipes)

    def _layers(self, name: str, base: Future[Stage] | None, layout: Path, work: Path) -> list[Layer]:
        recipe, folder = load_recipe(name, self.recipes), self.recipes / name
        layers: list[Layer] = []
        known: frozenset[str] = frozenset()
        if recipe.packages and base is not None:
            stages = (base.result(), packages_stage(recipe, script_text(recipe, folder), base.result(), self.apt))
            for stage in stages:
                adopt_blob(layout, stage.blob(recipe.compression))
            layers += [stage.layers[recipe.compression] for stage in stages]
            known = stages[-1].directories
        for entries in (content_entries(recipe, folder, work, self.apt), own_entries(recipe, folder)):
            if entries:
                complete = with_parents(entries, known)
                layers.append(write_layer(complete, layout / "blobs" / "sha256", recipe.compression))
                known |= directories(complete)
        return layers


@contextmanager
def _lock(console: Console) -> Iterator[None]:
    """Hold the images against other set-ups; the kernel drops the lock with the process."""
    path = places.cache_directory() / "locks" / "images.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            console.print("Another set-up is building images, waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _line(outcome: ImageOutcome) -> str:
    size = f"{outcome.image.size_bytes / _MIB:8.1f} MiB" if outcome.image else " " * 12
    return f"image {outcome.name:<26} {outcome.status:<7} {outcome.seconds:7.1f} s {size} {outcome.failure}".rstrip()
