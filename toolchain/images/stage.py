"""The layers of Debian packages that images stand on: the base that all share, and each image's own packages.

It deliberately keeps them apart from the images, so that a changed overlay or tool never installs packages again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from toolchain import places
from toolchain.cache import publish
from toolchain.definition import host_architecture
from toolchain.images import apt as debian
from toolchain.images.layer import EPOCH, Layer, write_layer
from toolchain.images.recipe import Compression, Recipe
from toolchain.images.tree import all_entries, changed_entries, directories, snapshot

if TYPE_CHECKING:
    from toolchain.images.apt import Apt
    from toolchain.images.entry import Entry

# Raise it when the way that stages are made changes.
_FORMAT = 1
_FACTS = "stage.json"
_UNWANTED = ("doc", "man", "locale", "info", "lintian", "doc-base", "linda", "common-licenses", "bash-completion")
_BASE_OPTIONS = (
    # Debian 12 with a root that is merged from the start needs no perl to merge it.
    "--include=usr-is-merged",
    "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
    *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in _UNWANTED),
    # Kept: licences must go with what they license.
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "--dpkgopt=path-include=/usr/share/common-licenses/*",
)


@dataclass(frozen=True)
class Stage:
    """One stored set of package layers."""

    directory: Path
    layers: dict[Compression, Layer]
    directories: frozenset[str]
    """What this layer and those below it have, so that a layer above does not create it again."""

    def blob(self, compression: Compression) -> Path:
        """Return the file of the layer."""
        return self.directory / self.layers[compression].digest.removeprefix("sha256:")


def base_key() -> str:
    """Return the digest of everything that decides the base layer."""
    return _key("base", debian.SUITE, host_architecture(), *_BASE_OPTIONS)


def packages_key(recipe: Recipe, script: str) -> str:
    """Return the digest of everything that decides an image's layer of packages."""
    return _key(base_key(), recipe.compression, script, *sorted(recipe.packages), "remove", *recipe.remove)


def base_stage(apt: Apt) -> Stage:
    """Return the base layer, made when it is not there yet; in both compressions, as all kinds of images share it."""
    directory = _directory(base_key())
    if stored := _read(directory):
        return stored
    with tempfile.TemporaryDirectory(prefix=".partial-base-", dir=_parent()) as partial:
        root, result = Path(partial, "root"), Path(partial, "result")
        result.mkdir()
        apt.prepare()
        apt.bootstrap(root, _BASE_OPTIONS)
        entries = all_entries(root)
        _store(result, entries, get_args(Compression), directories(entries))
        publish(result, directory)
    return _required(directory)


def packages_stage(recipe: Recipe, script: str, base: Stage, apt: Apt) -> Stage:
    """Return the layer of an image's packages, made when it is not there yet."""
    directory = _directory(packages_key(recipe, script))
    if stored := _read(directory):
        return stored
    with tempfile.TemporaryDirectory(prefix=".partial-packages-", dir=_parent()) as partial:
        root, result = Path(partial, "root"), Path(partial, "result")
        result.mkdir()
        root.mkdir()
        unpack = ["tar", "--extract", "--numeric-owner", "--same-permissions", "--directory", str(root)]
        debian.run([*unpack, "--gzip", "--file", str(base.blob("gzip"))], "Unpack Debian's base")
        before = snapshot(root)
        apt.prepare()
        apt.install(root, recipe.packages)
        if script:
            _run_script(apt, root, script)
        _remove(root, recipe.remove)
        entries = changed_entries(root, before)
        _store(result, entries, (recipe.compression,), base.directories | directories(entries))
        publish(result, directory)
    return _required(directory)


def clear_partial() -> None:
    """Remove what killed builds left; only for whoever holds the lock of the images."""
    for leftover in _parent().glob(".partial-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _run_script(apt: Apt, root: Path, script: str) -> None:
    place = root / "tmp/script"
    place.write_text(script, encoding="utf-8")
    apt.run_inside(root, ["chroot", str(root), "sh", "-eu", "/tmp/script"], "Run the image's script")  # noqa: S108


def _remove(root: Path, patterns: tuple[str, ...]) -> None:
    for pattern in patterns:
        for path in list(root.glob(pattern.lstrip("/"))):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _key(*parts: str) -> str:
    return hashlib.sha256(json.dumps([_FORMAT, EPOCH, *parts]).encode()).hexdigest()


def _parent() -> Path:
    parent = places.cache_directory() / "images" / ".stages"
    parent.mkdir(parents=True, exist_ok=True)
    return parent


def _directory(key: str) -> Path:
    return _parent() / key[:12]


def _store(directory: Path, entries: list[Entry], compressions: tuple[Compression, ...], known: frozenset[str]) -> None:
    layers = {compression: asdict(write_layer(entries, directory, compression)) for compression in compressions}
    facts = {"layers": layers, "directories": sorted(known)}
    (directory / _FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _read(directory: Path) -> Stage | None:
    try:
        facts = json.loads((directory / _FACTS).read_bytes())
    except OSError:
        return None
    layers = {compression: Layer(**layer) for compression, layer in facts["layers"].items()}
    return Stage(directory, layers, frozenset(facts["directories"]))


def _required(directory: Path) -> Stage:
    stored = _read(directory)
    if stored is None:
        raise FileNotFoundError(directory / _FACTS)
    return stored
