"""The bundle: what went in comes out, byte for byte, or nothing does."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from typing import TYPE_CHECKING

import pytest

from toolchain import definition
from toolchain.bundle import bundle, restore
from toolchain.cache import Cache
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import World

TOOLS = """
[[tool]]
name = "a"
version = "1"
executables = ["a"]
[tool.wheel]
package = "a-bin"
version = "1"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
executables = { a = "bin/a" }
"""


@pytest.fixture
def cache(world: World) -> Cache:
    return world.cache(TOOLS)


def fill(place: Path) -> None:
    (place / "a").write_text("program")


def image(cache: Cache) -> Path:
    directory = cache.root / "images" / "pause" / "0123456789ab"
    (directory / "blobs").mkdir(parents=True)
    (directory / "blobs" / "layer").write_text("layer")
    (directory / "blobs" / "shared").hardlink_to(directory / "blobs" / "layer")
    return directory


def packed(cache: Cache, archive: Path) -> Path:
    cache.install(cache.tools.tool[0], "test", fill)
    bundle(archive, cache, [image(cache)])
    return archive


def forge(archive: Path, members: list[tuple[str, bytes]]) -> Path:
    with tarfile.open(archive, "w") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return archive


def members(archive: Path) -> list[tuple[str, bytes]]:
    with tarfile.open(archive) as tar:
        return [(member.name, content.read()) for member in tar if (content := tar.extractfile(member))]


@pytest.mark.parametrize("name", ["b.tar", "b.tar.gz", "b.tar.zst"])
def test_a_bundle_brings_tools_and_images_to_an_empty_machine(cache: Cache, tmp_path: Path, name: str) -> None:
    if name.endswith(".zst") and shutil.which("zstd") is None:
        pytest.skip("no zstd program here")
    archive = packed(cache, tmp_path / "out" / name)
    assert [path.name for path in archive.parent.iterdir()] == [name]
    other = tmp_path / "other"
    restore(archive, other)
    elsewhere = Cache(cache.tools, other, cache.modules)
    entry = elsewhere.find(cache.tools.tool[0])
    assert entry is not None
    assert entry.executable("a").stat().st_mode & 0o111
    assert entry.executable("a").stat().st_mtime_ns == entry.manifest.executables["a"].mtime_ns
    assert (other / "images" / "pause" / "0123456789ab" / "blobs" / "layer").read_text() == "layer"
    assert (other / "images" / "pause" / "0123456789ab" / "blobs" / "shared").read_text() == "layer"
    assert not (other / "images" / "pause" / "0123456789ab" / "blobs" / "layer").stat().st_mode & 0o111


def test_restoring_twice_changes_nothing(cache: Cache, tmp_path: Path) -> None:
    archive = packed(cache, tmp_path / "b.tar")
    other = tmp_path / "other"
    restore(archive, other)
    before = {path: path.stat().st_ino for path in other.rglob("*") if path.is_file()}
    restore(archive, other)
    assert {path: path.stat().st_ino for path in other.rglob("*") if path.is_file()} == before


def test_a_damaged_file_installs_nothing(cache: Cache, tmp_path: Path) -> None:
    content = members(packed(cache, tmp_path / "b.tar"))
    content[-1] = (content[-1][0], b"LAYER")  # the last is blobs/shared
    with pytest.raises(ToolchainError, match=r"images/pause/.*: damaged in the archive"):
        restore(forge(tmp_path / "forged.tar", content), tmp_path / "other")
    assert not list((tmp_path / "other").glob("tools/*/*"))
    assert not list((tmp_path / "other").glob("work/*"))


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_a_cut_archive_installs_nothing(cache: Cache, tmp_path: Path, keep: int) -> None:
    content = members(packed(cache, tmp_path / "b.tar"))
    with pytest.raises(ToolchainError):
        restore(forge(tmp_path / "cut.tar", content[:keep]), tmp_path / "other")
    assert not list((tmp_path / "other").glob("tools/*/*"))


def test_bytes_that_are_cut_off_are_told_as_such(cache: Cache, tmp_path: Path) -> None:
    archive = packed(cache, tmp_path / "b.tar.gz")
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(ToolchainError, match=r"b\.tar\.gz: not a whole bundle"):
        restore(archive, tmp_path / "other")


def test_a_file_that_is_not_listed_is_refused(cache: Cache, tmp_path: Path) -> None:
    content = [*members(packed(cache, tmp_path / "b.tar")), ("tools/x/y/z", b"surprise")]
    with pytest.raises(ToolchainError, match="not in its list"):
        restore(forge(tmp_path / "forged.tar", content), tmp_path / "other")


@pytest.mark.parametrize("path", ["../escape/a/b", "/etc/x/y/z", "tools/../../x/y", "state/x/y/z", "tools/a"])
def test_a_path_outside_the_cache_is_refused(tmp_path: Path, path: str) -> None:
    listed = {path: {"size": 1, "sha256": "0" * 64, "executable": False, "mtime_ns": 0}}
    text = json.dumps({"format": 1, "files": listed}).encode()
    with pytest.raises(ToolchainError, match="not a place of the cache"):
        restore(forge(tmp_path / "forged.tar", [("bundle.json", text), (path, b"x")]), tmp_path / "other")


def test_a_foreign_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"begins with photo\.jpg"):
        restore(forge(tmp_path / "holiday.tar", [("photo.jpg", b"x")]), tmp_path / "other")


def test_a_missing_tool_is_named_before_anything_is_written(cache: Cache, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"Not in the cache: a\. Run slipway setup"):
        bundle(tmp_path / "b.tar", cache, [])
    assert not (tmp_path / "b.tar").exists()


def test_an_unknown_ending_says_which_are_known(cache: Cache, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match=r"\.tar, \.tar\.gz or \.tar\.zst"):
        packed(cache, tmp_path / "b.rar")
    assert definition.TOOLS_FILE.is_file()
