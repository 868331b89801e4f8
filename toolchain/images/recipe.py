"""What `images/<name>/image.toml` may say: one container image, checked as a whole.

It deliberately builds and hashes nothing; it only turns a folder into values, or all of its errors into one text.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from toolchain.images.failure import ImageError

RECIPES_DIRECTORY = Path(__file__).parents[2] / "images"
RECIPE_FILE = "image.toml"

Compression = Literal["gzip", "zstd"]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]*$")]
# The grammar of the OCI distribution specification, https://github.com/opencontainers/distribution-spec
Repository = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$")]
Tag = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
AbsolutePath = Annotated[str, StringConstraints(pattern=r"^(/[^/]+)+$")]
Permissions = Annotated[str, StringConstraints(pattern=r"^[0-7]{3,4}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ImageConfig(_Strict):
    """The `config` object of an OCI image, in its own spelling (image-spec, config.md)."""

    entrypoint: list[str] = Field(default_factory=list, alias="Entrypoint")
    command: list[str] = Field(default_factory=list, alias="Cmd")
    environment: list[str] = Field(default_factory=list, alias="Env")
    user: str = Field(default="", alias="User")
    working_directory: str = Field(default="", alias="WorkingDir")
    exposed_ports: list[str] = Field(default_factory=list, alias="ExposedPorts")
    labels: dict[str, str] = Field(default_factory=dict, alias="Labels")
    stop_signal: str = Field(default="", alias="StopSignal")


class Wheels(_Strict):
    """Python packages that are unpacked into one directory, from a locked requirements file with hashes."""

    requirements: str
    """Path of the requirements file, relative to the recipe's folder."""
    target: AbsolutePath


class Data(_Strict):
    """A directory of source data that the toolchain keeps with a tool."""

    tool: Name
    name: Name
    target: AbsolutePath
    exclude: tuple[str, ...] = ()
    """Names of its top level that stay out."""


class Archives(_Strict):
    """Debian packages that are not installed but kept as files, with all they depend on, for hosts to install."""

    suite: Name
    """Debian release that they are of, such as `bookworm`."""
    target: AbsolutePath
    packages: tuple[Name, ...]


class Recipe(_Strict):
    """One image. The order of the fields is the order of its layers; later ones win."""

    repository: Repository
    tag: Tag
    optional: bool = False
    """Made only when an environment needs it, or by `slipway setup --with NAME`."""
    compression: Compression = "zstd"
    """`zstd` unpacks four times faster on the nodes; `gzip` where Docker 20.10 must read the image."""
    packages: tuple[Name, ...] = ()
    """Debian packages, installed on the shared base layer with what they need; none: nothing but the files below."""
    script: str | None = None
    """A shell script of the recipe's folder, run in the image as root after the packages, with no network."""
    remove: tuple[str, ...] = ()
    """Globs below the image's root that are deleted before the packages' layer is made."""
    extract: dict[Name, dict[AbsolutePath, AbsolutePath]] = Field(default_factory=dict)
    """Debian package -> its file -> path in the image: single files, without installing anything."""
    wheels: Wheels | None = None
    data: tuple[Data, ...] = ()
    archives: Archives | None = None
    tools: dict[Name, AbsolutePath] = Field(default_factory=dict)
    """Executable of the toolchain -> path in the image."""
    overlay: str | None = None
    """A folder of the recipe's folder that is copied over the root, owned by root, 0644 or 0755."""
    directories: dict[AbsolutePath, Permissions] = Field(default_factory=dict)
    permissions: dict[AbsolutePath, Permissions] = Field(default_factory=dict)
    """Files of the overlay whose mode git cannot keep."""
    config: ImageConfig = Field(default_factory=ImageConfig)

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        if not self.packages and (self.script or self.remove):
            raise ValueError("script and remove work on installed packages, but packages is empty")
        targets = [*self.tools.values(), *(path for files in self.extract.values() for path in files.values())]
        if twice := sorted({path for path in targets if targets.count(path) > 1}):
            raise ValueError(f"more than one file for {', '.join(twice)}")
        return self


def recipe_names(root: Path = RECIPES_DIRECTORY) -> tuple[str, ...]:
    """Return the name of every image, sorted."""
    return tuple(sorted(path.parent.name for path in root.glob(f"*/{RECIPE_FILE}")))


def optional_names(root: Path = RECIPES_DIRECTORY) -> tuple[str, ...]:
    """Return the names of images that a set-up leaves out unless they are asked for.

    Raises:
        ImageError: A recipe is wrong.
    """
    return tuple(name for name in recipe_names(root) if load_recipe(name, root).optional)


def load_recipe(name: str, root: Path = RECIPES_DIRECTORY) -> Recipe:
    """Read and check the recipe of one image.

    Raises:
        ImageError: There is no such recipe, or it is wrong; all errors at once, each with its key.
    """
    path = root / name / RECIPE_FILE
    if not path.is_file():
        known = ", ".join(recipe_names(root)) or "none"
        raise ImageError(f"{name}: no such image, {path} does not exist. Known are: {known}.")
    return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=128)
def _load(path: Path, _mtime_ns: int) -> Recipe:
    try:
        return Recipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise ImageError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        lines = [f"  {_key(item['loc'])}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors()]
        raise ImageError("\n".join((f"{path}: {len(lines)} error(s)", *lines))) from error


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "(whole file)"
