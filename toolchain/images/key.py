"""The content key of an image: one digest over everything that decides its bytes, known before it is built.

It deliberately reads only what is small: recipes, overlays and lock files; a tool counts by the digest of its pins.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from toolchain.definition import host_architecture
from toolchain.images import binaries
from toolchain.images.failure import ImageError
from toolchain.images.layer import EPOCH
from toolchain.images.stage import base_key, packages_key

if TYPE_CHECKING:
    from pathlib import Path

    from toolchain.images.recipe import Recipe

# Raise it when the way that images are put together changes.
_FORMAT = 2
_EXECUTABLE = 0o111


def image_key(recipe: Recipe, folder: Path) -> str:
    """Return the sha256 that names an image's content.

    Args:
        recipe: The image's recipe.
        folder: The recipe's folder.

    Raises:
        ToolchainError: A file that the recipe names does not exist, or a tool is not known.
    """
    parts: dict[str, object] = {
        "format": _FORMAT,
        "epoch": EPOCH,
        "architecture": host_architecture(),
        # When it is made says nothing of its content; without archives the key is what it was before there were any.
        "recipe": recipe.model_dump(mode="json", exclude={"optional", *(() if recipe.archives else ("archives",))}),
        "tools": {name: binaries.executable_digest(name) for name in sorted(recipe.tools)},
        "data": [binaries.data_digest(item.tool) for item in recipe.data],
    }
    if recipe.packages:
        parts["stages"] = [base_key(), packages_key(recipe, script_text(recipe, folder))]
    if recipe.overlay:
        parts["overlay"] = _tree_digest(existing(folder, recipe.overlay))
    if recipe.wheels:
        parts["wheels"] = _file_digest(existing(folder, recipe.wheels.requirements))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def script_text(recipe: Recipe, folder: Path) -> str:
    """Return the recipe's script, or nothing when it has none."""
    return existing(folder, recipe.script).read_text(encoding="utf-8") if recipe.script else ""


def existing(folder: Path, relative: str) -> Path:
    """Return a file or folder that a recipe names.

    Raises:
        ImageError: It does not exist.
    """
    path = folder / relative
    if not path.exists():
        raise ImageError(f"{folder.name}: {path} does not exist, but {folder.name}/image.toml names it.")
    return path


def _tree_digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            content = f"link {path.readlink()}"
        elif path.is_file():
            content = f"{bool(path.stat().st_mode & _EXECUTABLE)} {_file_digest(path)}"
        else:
            continue
        digest.update(f"{path.relative_to(folder)}\0{content}\n".encode())
    return digest.hexdigest()


def _file_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
