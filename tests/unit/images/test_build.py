"""Images of files alone, built for real into a cache of their own. Those of Debian packages are built by set-up."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from toolchain.images.engine import archive
from toolchain.images.failure import ImageError, MissingImageError
from toolchain.images.lookup import directory, image

if TYPE_CHECKING:
    from tests.unit.images.conftest import Workshop

RECIPE = """
repository = "group/{name}"
tag = "1.0"
compression = "{compression}"
overlay = "rootfs"
[tools]
{name} = "/usr/local/bin/{name}"
[permissions]
"/etc/secret" = "400"
[config]
Entrypoint = ["/usr/local/bin/{name}"]
ExposedPorts = ["80/tcp"]
"""
FILES = {"rootfs/etc/secret": "s", "rootfs/etc/plain": "p"}


def recipe(workshop: Workshop, name: str, compression: str = "gzip") -> None:
    workshop.recipe(name, RECIPE.format(name=name, compression=compression), FILES)


def test_built_once_then_cached_with_the_same_digest(workshop: Workshop) -> None:
    recipe(workshop, "web")
    workshop.tool("web", b"binary")
    first = workshop.build()["web"]
    second = workshop.build()["web"]
    assert (first.status, second.status) == ("built", "cached")
    assert first.image == second.image == image("web", workshop.recipes)


def test_an_empty_cache_gives_the_same_digest(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe(workshop, "web", "zstd")
    workshop.tool("web", b"binary")
    workshop.build()
    first = image("web", workshop.recipes)
    monkeypatch.setenv("SLIPWAY_CACHE", str(workshop.cache.with_name("other")))
    workshop.build()
    assert image("web", workshop.recipes).digest == first.digest


@pytest.mark.parametrize("change", ["tool", "overlay", "mode", "recipe"])
def test_a_change_makes_another_image(workshop: Workshop, change: str) -> None:
    recipe(workshop, "web")
    tool = workshop.tool("web", b"binary")
    workshop.build()
    before = image("web", workshop.recipes)
    plain = workshop.recipes / "web/rootfs/etc/plain"
    if change == "tool":
        tool.write_bytes(b"another")
    elif change == "overlay":
        plain.write_text("q")
    elif change == "mode":
        plain.chmod(0o755)
    else:
        toml = workshop.recipes / "web/image.toml"
        toml.write_text(toml.read_text() + 'User = "65532"\n')
    with pytest.raises(MissingImageError, match="slipway setup"):
        image("web", workshop.recipes)
    assert workshop.build()["web"].status == "built"
    assert image("web", workshop.recipes).digest != before.digest


def test_the_layout_says_what_the_recipe_says(workshop: Workshop) -> None:
    recipe(workshop, "web")
    workshop.tool("web", b"binary")
    workshop.build()
    web = image("web", workshop.recipes)
    config = json.loads(web.blob(web.config_digest).read_bytes())
    assert config["config"] == {
        "Entrypoint": ["/usr/local/bin/web"],
        "ExposedPorts": {"80/tcp": {}},
        "Labels": {"io.slipway.project": "slipway"},
    }
    assert config["rootfs"]["diff_ids"] == [layer.diff_id for layer in web.layers]
    modes = {}
    for layer in web.layers:
        with tarfile.open(web.blob(layer.digest)) as tar:
            modes.update({member.name: member.mode for member in tar if member.isfile()})
    assert modes == {"usr/local/bin/web": 0o755, "etc/secret": 0o400, "etc/plain": 0o644}


@pytest.mark.parametrize("damage", ["removed", "truncated"])
def test_a_damaged_image_is_built_again(workshop: Workshop, damage: str) -> None:
    recipe(workshop, "web")
    workshop.tool("web", b"binary")
    workshop.build()
    blob = image("web", workshop.recipes).blob(image("web", workshop.recipes).layers[0].digest)
    blob.unlink() if damage == "removed" else blob.write_bytes(b"")
    with pytest.raises(MissingImageError):
        image("web", workshop.recipes)
    assert workshop.build()["web"].status == "built"


def test_a_failure_names_the_tool_stops_nobody_and_leaves_nothing(workshop: Workshop) -> None:
    recipe(workshop, "web")
    workshop.tool("web", b"binary")
    recipe(workshop, "lame")
    outcomes = workshop.build()
    assert outcomes["web"].status == "built"
    assert outcomes["lame"].status == "failed"
    assert outcomes["lame"].failure.startswith("lame is not in ")
    assert not (workshop.cache / "images/lame").exists()


def test_a_killed_build_never_counts(workshop: Workshop) -> None:
    recipe(workshop, "web")
    workshop.tool("web", b"binary")
    half = directory("web", workshop.recipes).parent / ".partial-killed" / "layout"
    half.mkdir(parents=True)
    with pytest.raises(MissingImageError):
        image("web", workshop.recipes)
    workshop.build()
    assert not half.exists()


def test_permissions_of_a_file_that_is_not_there_are_an_error(workshop: Workshop) -> None:
    workshop.recipe("web", 'repository = "a"\ntag = "1"\n[permissions]\n"/etc/lost" = "400"\n')
    assert "permissions names /etc/lost" in workshop.build()["web"].failure


def test_the_archive_is_what_docker_load_reads(workshop: Workshop) -> None:
    recipe(workshop, "web")
    workshop.tool("web", b"binary")
    workshop.build()
    web = image("web", workshop.recipes)
    with tarfile.open(fileobj=io.BytesIO(b"".join(archive(web, "web:test")))) as tar:
        (manifest,) = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
        assert manifest["RepoTags"] == ["web:test"]
        assert manifest["Config"] == web.config_digest.removeprefix("sha256:") + ".json"
        assert len(manifest["Layers"]) == len(web.layers)
        for name, layer in zip(manifest["Layers"], web.layers, strict=True):
            assert tar.extractfile(name).read() == web.blob(layer.digest).read_bytes()  # type: ignore[union-attr]


def test_an_image_that_old_engines_cannot_read_gives_no_archive(workshop: Workshop) -> None:
    recipe(workshop, "web", "zstd")
    workshop.tool("web", b"binary")
    workshop.build()
    with pytest.raises(ImageError, match='Set compression = "gzip"'):
        archive(image("web", workshop.recipes))


def test_a_build_that_breaks_off_leaves_nothing(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe(workshop, "web", "zstd")
    workshop.tool("web", b"binary")
    monkeypatch.setenv("PATH", str(workshop.tools))
    outcome = workshop.build()["web"]
    assert "Run: apt-get install zstd" in outcome.failure
    assert list((workshop.cache / "images/web").iterdir()) == []
