"""What a recipe may say, and what a wrong one gets. It deliberately builds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from toolchain.definition import load_tools
from toolchain.images.failure import ImageError
from toolchain.images.key import image_key
from toolchain.images.recipe import RECIPES_DIRECTORY, load_recipe, optional_names, recipe_names

if TYPE_CHECKING:
    from tests.unit.images.conftest import Workshop


@pytest.mark.parametrize("name", recipe_names())
def test_every_recipe_of_the_repository_is_right(name: str) -> None:
    recipe = load_recipe(name)
    for tool in recipe.tools:
        assert tool in load_tools().find(tool).executables
    if recipe.script:
        assert (RECIPES_DIRECTORY / name / recipe.script).is_file()


def test_images_that_the_container_engine_reads_are_gzip() -> None:
    for name in ("machine", "registry", "api-runtime", "drift-runtime", "frontend-runtime"):
        assert load_recipe(name).compression == "gzip"


def test_all_errors_are_told_at_once(workshop: Workshop) -> None:
    workshop.recipe("wrong", 'repository = "Upper"\ncolour = "red"\nscript = "x.sh"\n[tools]\nsh = "bin/sh"\n')
    with pytest.raises(ImageError) as caught:
        load_recipe("wrong", workshop.recipes)
    text = str(caught.value)
    assert str(workshop.recipes / "wrong" / "image.toml") in text
    for key in ("repository", "colour", "tag", "tools.sh"):
        assert f"\n  {key}: " in text


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('script = "x.sh"', "packages is empty"),
        ('tools = { a = "/x", b = "/x" }', "more than one file for /x"),
    ],
)
def test_parts_that_do_not_fit_are_told(workshop: Workshop, lines: str, said: str) -> None:
    workshop.recipe("wrong", f'repository = "a"\ntag = "1"\n{lines}\n')
    with pytest.raises(ImageError, match=said):
        load_recipe("wrong", workshop.recipes)


def test_broken_toml_names_the_file(workshop: Workshop) -> None:
    workshop.recipe("wrong", "repository = ")
    with pytest.raises(ImageError, match=r"wrong/image\.toml: not valid TOML"):
        load_recipe("wrong", workshop.recipes)


def test_an_unknown_image_is_answered_with_the_known_ones(workshop: Workshop) -> None:
    workshop.recipe("known", 'repository = "a"\ntag = "1"\n')
    with pytest.raises(ImageError, match=r"unknown: no such image.*Known are: known"):
        load_recipe("unknown", workshop.recipes)


def test_an_optional_image_is_told_apart_and_is_the_same_image(workshop: Workshop) -> None:
    lines = 'repository = "a"\ntag = "1"\n'
    workshop.recipe("usual", lines)
    workshop.recipe("seldom", lines + "optional = true\n")
    usual, seldom = (load_recipe(name, workshop.recipes) for name in ("usual", "seldom"))

    assert optional_names(workshop.recipes) == ("seldom",)
    assert image_key(usual, workshop.recipes / "usual") == image_key(seldom, workshop.recipes / "seldom")


def test_what_not_every_environment_needs_is_optional() -> None:
    assert optional_names() == (
        "credential-provider",
        "drift-runtime",
        "host-packages-debian12",
        "host-packages-debian13",
    )
