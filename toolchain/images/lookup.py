"""Where an image is on this machine: what the rest of slipway asks for.

It deliberately never builds; an image that is not complete in the cache is an error that names the command to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from toolchain import places
from toolchain.images.failure import MissingImageError
from toolchain.images.key import image_key
from toolchain.images.layout import ImageLayout, read_layout
from toolchain.images.recipe import RECIPES_DIRECTORY, load_recipe

if TYPE_CHECKING:
    from pathlib import Path


def image(name: str, recipes: Path = RECIPES_DIRECTORY) -> ImageLayout:
    """Return an image by the name of its recipe's folder.

    Raises:
        MissingImageError: It is not complete in the cache.
        ImageError: There is no such recipe, or it is wrong.
    """
    found = find(name, recipes)
    if found is None:
        command = f"slipway setup --with {name}" if load_recipe(name, recipes).optional else "slipway setup"
        raise MissingImageError(f"The image {name} is not in the cache ({directory(name, recipes)}). Run: {command}")
    return found


def find(name: str, recipes: Path = RECIPES_DIRECTORY) -> ImageLayout | None:
    """Return an image if it is complete in the cache; reads only small files."""
    return read_layout(name, load_recipe(name, recipes), directory(name, recipes))


def directory(name: str, recipes: Path = RECIPES_DIRECTORY) -> Path:
    """Return where an image is, or will be once it is complete."""
    key = image_key(load_recipe(name, recipes), recipes / name)
    return places.cache_directory() / "images" / name / key[:12]
