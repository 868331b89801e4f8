"""The set-up of tools, end to end: real Go builds, a real release server, two set-ups at once, failures."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from toolchain.definition import host_architecture
from toolchain.provision import ProvisionError
from toolchain.report import Outcome
from toolchain.setup import set_up_tools

if TYPE_CHECKING:
    from .conftest import ReleaseServer, World

TOOLS = """
[go_module.m]
stamps = { "main.version" = "1.0 stamped" }
files = { "example.test/m:cmd/b/text.txt" = "as released" }

[[tool]]
name = "a"
version = "1.0"
executables = ["a"]
[tool.go]
module = "m"
packages = { a = "example.test/m/cmd/a" }
data = { data = "example.test/m:data" }

[[tool]]
name = "bee"
version = "1.0"
executables = ["bee"]
[tool.go]
module = "m"
packages = { bee = "example.test/m/cmd/b" }
"""
BROKEN = """
[go_module.broken]
cpu_minutes = 9

[[tool]]
name = "c"
version = "1.0"
executables = ["c"]
[tool.go]
module = "broken"
packages = { c = "example.test/broken/cmd/c" }
"""
SET_UP = """
import sys
from pathlib import Path
from rich.console import Console
from toolchain.cache import Cache
from toolchain.definition import load_tools
from toolchain.setup import set_up_tools
root = Path(sys.argv[1])
cache = Cache(load_tools(root / "tools.toml"), root / "cache", root / "modules")
print(*(line.outcome for line in set_up_tools(offline=True, console=Console(file=sys.stderr), cache=cache)))
"""


def console() -> Console:
    return Console(file=io.StringIO(), width=200)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_tools_of_one_module_are_built_in_one_go_and_run(world: World) -> None:
    world.publish_go_module("m", ("a", "b"))
    cache = world.cache(TOOLS)
    screen = console()
    lines = set_up_tools(offline=True, console=screen, cache=cache)
    assert [(line.name, line.outcome) for line in lines] == [("a", Outcome.BUILT), ("bee", Outcome.BUILT)]
    spoken = [
        subprocess.run([line.path / line.name], capture_output=True, text=True, check=True).stdout for line in lines
    ]
    assert spoken == ["hello from a 1.0 stamped as published\n", "hello from b 1.0 stamped as released\n\n"]
    assert (lines[0].path / "data" / "deep" / "file.txt").read_text() == "data"
    assert (cache.logs / "m.log").read_text().count(" build ") == 1
    assert "m                        building 2 tool(s) ..." in said(screen)
    assert list((cache.root / "work").iterdir()) == []


def test_a_module_can_be_wanted_for_its_data_alone(world: World) -> None:
    world.publish_go_module("m", ())
    only_data = (
        '[go_module.m]\n[[tool]]\nname = "d"\nversion = "1.0"\nexecutables = []\n'
        '[tool.go]\nmodule = "m"\npackages = {}\ndata = { data = "example.test/m:data" }\n'
    )
    (line,) = set_up_tools(offline=True, console=console(), cache=world.cache(only_data))
    assert (line.path / "data" / "deep" / "file.txt").read_text() == "data"


def test_the_second_set_up_does_nothing_and_says_so(world: World) -> None:
    world.publish_go_module("m", ("a", "b"))
    cache = world.cache(TOOLS)
    set_up_tools(offline=True, console=console(), cache=cache)
    log = (cache.logs / "m.log").read_text()
    screen = console()
    lines = set_up_tools(offline=True, console=screen, cache=cache)
    assert [(line.outcome, line.seconds) for line in lines] == [(Outcome.CACHED, 0.0)] * 2
    assert said(screen) == "tools: 2 cached (a 1.0, bee 1.0)\n"
    assert (cache.logs / "m.log").read_text() == log


def test_two_set_ups_at_once_build_once(world: World) -> None:
    world.publish_go_module("m", ("a", "b"))
    cache = world.cache(TOOLS)
    command = [sys.executable, "-c", SET_UP, str(world.root)]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    outcomes = sorted(process.communicate(timeout=120)[0].split() for process in both)
    assert [process.returncode for process in both] == [0, 0]
    assert outcomes == [["built", "built"], ["cached", "cached"]]
    assert (cache.logs / "m.log").read_text().count(" build ") == 1


def test_a_failing_build_names_the_tool_shows_its_log_and_stops_no_other(world: World) -> None:
    world.publish_go_module("m", ("a", "b"))
    world.publish_go_module("broken", ("c",), source="package main\n\nfunc main() { undefined_name() }\n")
    cache = world.cache(TOOLS + BROKEN)
    screen = console()
    with pytest.raises(ProvisionError) as raised:
        set_up_tools(offline=True, console=screen, cache=cache)
    text = str(raised.value)
    assert "1 of 3 tools are missing" in text
    assert "c: " in text
    assert "undefined: undefined_name" in text
    assert str(cache.logs / "broken.log") in text
    assert "run slipway setup again" in text
    assert [cache.find(tool) is not None for tool in cache.tools.tool] == [True, True, False]
    assert "c                        failed:" in said(screen)


@pytest.mark.parametrize("tools", [TOOLS, TOOLS.replace("files =", "# ").replace("data =", "# ")])
def test_a_module_that_go_sum_does_not_pin_is_not_built(
    world: World, monkeypatch: pytest.MonkeyPatch, tools: str
) -> None:
    world.publish_go_module("m", ("a", "b"))
    monkeypatch.setenv("GONOSUMDB", "*")  # no database would object, so only go.sum can
    (world.modules / "m" / "go.sum").write_text("")
    cache = world.cache(tools)
    with pytest.raises(ProvisionError, match=r"missing go\.sum entry|go\.sum does not pin example\.test/m"):
        set_up_tools(offline=True, console=console(), cache=cache)
    assert (world.modules / "m" / "go.sum").read_text() == ""


def with_release(address: str, sha256: str) -> str:
    release = (
        f'[[tool.release]]\naddress = "{address}"\nsha256 = "{sha256}"\nexecutables = {{ bee = "" }}\n'
        f'architecture = "{host_architecture()}"\n'
    )
    return TOOLS.replace('executables = ["bee"]\n', f'executables = ["bee"]\n{release}')


def test_a_release_spares_the_build(world: World, release_server: ReleaseServer) -> None:
    world.publish_go_module("m", ("a", "b"))
    (release_server.directory / "bee").write_bytes(b"released")
    cache = world.cache(with_release(f"{release_server.address}/bee", hashlib.sha256(b"released").hexdigest()))
    lines = set_up_tools(offline=False, console=console(), cache=cache)
    assert [line.outcome for line in lines] == [Outcome.BUILT, Outcome.DOWNLOADED]
    assert (lines[1].path / "bee").read_bytes() == b"released"


def test_a_refused_release_is_built_instead_and_the_reason_is_shown(
    world: World, release_server: ReleaseServer
) -> None:
    world.publish_go_module("m", ("a", "b"))
    cache = world.cache(with_release(f"{release_server.address}/bee", "0" * 64))
    screen = console()
    lines = set_up_tools(offline=False, console=screen, cache=cache)
    assert [line.outcome for line in lines] == [Outcome.BUILT, Outcome.BUILT]
    assert "answered 404; other sources follow" in said(screen)


def test_offline_builds_what_a_release_could_give(world: World, release_server: ReleaseServer) -> None:
    world.publish_go_module("m", ("a", "b"))
    (release_server.directory / "bee").write_bytes(b"released")
    cache = world.cache(with_release(f"{release_server.address}/bee", hashlib.sha256(b"released").hexdigest()))
    lines = set_up_tools(offline=True, console=console(), cache=cache)
    assert [line.outcome for line in lines] == [Outcome.BUILT, Outcome.BUILT]


def test_a_tool_without_a_source_for_this_run_tells_what_was_tried(world: World, release_server: ReleaseServer) -> None:
    tools = with_release(f"{release_server.address}/bee", "0" * 64)
    only_release = tools[: tools.index("[tool.go]", tools.index("bee"))]
    world.publish_go_module("m", ("a", "b"))
    with pytest.raises(ProvisionError) as raised:
        set_up_tools(offline=False, console=console(), cache=world.cache(only_release))
    assert "bee: tools.toml lists no other source" in str(raised.value)
    assert f"release: {release_server.address}/bee: answered 404" in str(raised.value)
