"""The cache: a tool is there whole or not at all, whatever happened while it was made."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from toolchain.failure import ToolchainError
from toolchain.manifest import verified

from .conftest import GO_WHEEL, World

if TYPE_CHECKING:
    from pathlib import Path

    from toolchain.cache import Cache

TOOL = """
[go_module.m]
cpu_minutes = 1
[[tool]]
name = "a"
version = "1"
executables = ["a"]
[tool.go]
module = "m"
packages = { a = "example.test/a" }
"""
KILLED = """
import sys, time
from pathlib import Path
from toolchain.cache import Cache
from toolchain.definition import load_tools
cache = Cache(load_tools(Path(sys.argv[1]) / "tools.toml"), Path(sys.argv[1]) / "cache", Path(sys.argv[1]) / "modules")
def fill(place):
    (place / "a").write_text("half")
    print("filled", flush=True)
    time.sleep(60)
cache.install(cache.tools.tool[0], "test", fill)
"""


@pytest.fixture
def cache(world: World) -> Cache:
    pins = world.modules / "m"
    pins.mkdir(parents=True)
    (pins / "go.mod").write_text("module m\n")
    (pins / "go.sum").write_text("")
    return world.cache(TOOL)


def fill(place: Path) -> None:
    (place / "a").write_text("whole")


def refuse(_place: Path) -> None:
    pytest.fail("it was filled again")


def install(cache: Cache) -> Path:
    return cache.install(cache.tools.tool[0], "test", fill).executable("a")


def found(cache: Cache) -> bool:
    return cache.find(cache.tools.tool[0]) is not None


def test_an_installed_tool_is_found_executable_and_recorded(cache: Cache) -> None:
    assert not found(cache)
    path = install(cache)
    assert os.access(path, os.X_OK)
    entry = cache.find(cache.tools.tool[0])
    assert entry is not None
    assert entry.manifest.source == "test"
    assert verified(entry.directory, entry.manifest) == []
    assert path.parent == cache.root / "tools" / "a" / cache.digest(cache.tools.tool[0])[:12]


def test_what_is_there_is_not_filled_again(cache: Cache) -> None:
    install(cache)
    cache.install(cache.tools.tool[0], "test", refuse)


def test_a_failing_source_leaves_nothing(cache: Cache) -> None:
    def fail(place: Path) -> None:
        fill(place)
        raise ToolchainError("no network")

    with pytest.raises(ToolchainError, match="no network"):
        cache.install(cache.tools.tool[0], "test", fail)
    assert not found(cache)
    assert list((cache.root / "tools" / "a").iterdir()) == []


def test_a_source_that_forgets_an_executable_is_named(cache: Cache) -> None:
    with pytest.raises(ToolchainError, match="a 1: the source gave no executable a"):
        cache.install(cache.tools.tool[0], "test", lambda _place: None)
    assert not found(cache)


def test_a_killed_set_up_counts_as_nothing_and_blocks_nobody(cache: Cache, world: World) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(world.root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "filled\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not found(cache)
    assert install(cache).read_text() == "whole"
    assert [path.name for path in (cache.root / "tools" / "a").iterdir()] == [cache.directory(cache.tools.tool[0]).name]


@pytest.mark.parametrize("damage", ["truncate", "same size", "remove", "manifest"])
def test_a_damaged_tool_does_not_count_and_is_replaced(cache: Cache, damage: str) -> None:
    path = install(cache)
    if damage == "truncate":
        path.write_text("who")
    elif damage == "same size":
        path.write_text("WHOLE")
    elif damage == "remove":
        path.unlink()
    else:
        (path.parent / "manifest.json").write_text("{")
    assert not found(cache)
    assert install(cache).read_text() == "whole"


def test_a_touched_but_equal_file_still_counts(cache: Cache) -> None:
    os.utime(install(cache), (1, 1))
    assert found(cache)


def test_unchanged_files_are_not_read(cache: Cache) -> None:
    path = install(cache)
    before = path.stat()
    path.write_text("WHOLE")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert found(cache), "size and time are equal: the fast path must not hash"
    entry = cache.find(cache.tools.tool[0])
    assert entry is not None
    assert verified(entry.directory, entry.manifest) == ["a"]


@pytest.mark.parametrize("pin", ["go.mod", "go.sum"])
def test_a_changed_pin_is_another_tool(cache: Cache, pin: str) -> None:
    before = cache.digest(cache.tools.tool[0])
    install(cache)
    with (cache.modules / "m" / pin).open("a") as file:
        file.write("\n")
    assert cache.digest(cache.tools.tool[0]) != before
    assert not found(cache)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ('version = "1"', 'version = "2"', True),
        ("[go_module.m]", '[go_module.m]\ntags = ["x"]', True),
        ("cpu_minutes = 1", "cpu_minutes = 9", False),
    ],
)
def test_digest_holds_what_decides_the_content(
    cache: Cache, world: World, old: str, new: str, *, changes: bool
) -> None:
    other = world.cache(TOOL.replace(old, new), GO_WHEEL)
    assert (other.digest(other.tools.tool[0]) != cache.digest(cache.tools.tool[0])) is changes


def test_a_missing_pin_is_named(cache: Cache) -> None:
    (cache.modules / "m" / "go.sum").unlink()
    with pytest.raises(ToolchainError, match=r"go\.sum is missing: it pins a tool"):
        cache.digest(cache.tools.tool[0])


def test_who_waits_for_a_lock_says_so(cache: Cache) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(cache.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    waited: list[float] = []

    def waiting() -> None:
        waited.append(time.monotonic())
        holder.kill()

    with cache.lock("x", waiting):
        holder.communicate()
    assert len(waited) == 1


HOLDER = """
import sys
from pathlib import Path
from toolchain.cache import Cache
from toolchain.definition import load_tools
with Cache(load_tools(), Path(sys.argv[1])).lock("x"):
    print("held", flush=True)
    sys.stdin.read()
"""
