"""What tools.toml may say, and that the one of this repository keeps to it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from toolchain.cache import MODULES_DIRECTORY
from toolchain.definition import load_tools
from toolchain.failure import ToolchainError
from toolchain.sources.go_module import binary_name

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import World

WRONG = """
[[tool]]
name = "Not A Name"
version = "1"
executables = ["a"]
colour = "red"

[[tool]]
name = "b"
version = "1"
executables = ["b"]

[[tool.release]]
address = "ftp://example.test/b"
sha256 = "abc"
executables = { b = "" }
"""


def test_all_errors_are_told_at_once_with_their_keys(world: World) -> None:
    with pytest.raises(ToolchainError) as raised:
        load_tools(world.write_tools(WRONG))
    text = str(raised.value)
    assert "4 error(s)" in text
    for key in ("tool[0].name", "tool[0].colour", "tool[1].release[0].address", "tool[1].release[0].sha256"):
        assert f"  {key}: " in text


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ('[[tool]]\nname = "a"\nversion = "1"\nexecutables = ["a"]', "a has no source"),
        (
            (
                '[[tool]]\nname = "a"\nversion = "1"\nexecutables = ["a", "b"]\n'
                '[tool.go]\nmodule = "m"\npackages = { a = "x/a" }'
            ),
            "go of a must offer exactly its executables ['a', 'b']",
        ),
        (
            '[[tool]]\nname = "a"\nversion = "1"\nexecutables = ["a"]\n[tool.go]\nmodule = "m"\npackages = { a = "x" }',
            "go.module of a is not one of the go_module tables",
        ),
        (
            (
                '[go_module.m]\n[[tool]]\nname = "a"\nversion = "1"\nexecutables = ["x"]\n'
                '[tool.go]\nmodule = "m"\npackages = { x = "x" }\n'
                '[[tool]]\nname = "a"\nversion = "1"\nexecutables = ["x"]\n'
                '[tool.go]\nmodule = "m"\npackages = { x = "x" }'
            ),
            "tool named more than once: a",
        ),
    ],
)
def test_a_tool_that_cannot_work_is_refused(world: World, tools: str, expected: str) -> None:
    with pytest.raises(ToolchainError) as raised:
        load_tools(world.write_tools(tools))
    assert expected in str(raised.value)


def test_broken_toml_names_file_and_line(world: World) -> None:
    with pytest.raises(ToolchainError, match=r"tools\.toml: not valid TOML: .*line"):
        load_tools(world.write_tools("[[tool\n"))


def test_missing_file_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="lists the external tools"):
        load_tools(tmp_path / "none.toml")


def test_find_knows_tools_and_executables() -> None:
    tools = load_tools()
    assert tools.find("cilium-dbg").name == "cilium"
    assert tools.find("cilium").name == "cilium"
    with pytest.raises(ToolchainError, match=r"frobnicate: no such tool .* kubectl"):
        tools.find("frobnicate")


def test_every_wrapper_module_is_used_and_complete() -> None:
    tools = load_tools()
    used = {tool.go.module for tool in tools.known if tool.go}
    assert used == set(tools.go_module) == {path.name for path in MODULES_DIRECTORY.iterdir()}


@pytest.mark.parametrize("module", sorted(load_tools().go_module))
def test_tool_lines_of_go_mod_are_exactly_what_is_built(module: str, go: Path) -> None:
    builds = [tool.go for tool in load_tools().known if tool.go and tool.go.module == module]
    packages = {package for build in builds for package in build.packages.values()}
    listed = subprocess.run(
        [go, "mod", "edit", "-json"], cwd=MODULES_DIRECTORY / module, capture_output=True, text=True, check=True
    ).stdout
    assert {line.split('"')[3] for line in listed.split('"Tool"')[-1].splitlines() if '"Path"' in line} == packages
    assert len({binary_name(package) for package in packages}) == len(packages)


def test_versions_are_the_ones_that_go_mod_requires() -> None:
    tools = load_tools()
    for name, line in {
        "cilium": "github.com/cilium/cilium v{}",
        "containerd": "github.com/containerd/containerd/v2 v{}",
        "coredns": "github.com/coredns/coredns v{}",
        "etcd": "go.etcd.io/etcd/server/v3 v{}",
        "ferretdb": "github.com/FerretDB/FerretDB v{}",
        "kubelet": "k8s.io/kubernetes v{}",
        "metrics-server": "sigs.k8s.io/metrics-server v{}",
        "pulumi": "github.com/pulumi/pulumi/pkg/v3 v{}",
        "registry": "github.com/distribution/distribution/v3 v{}",
    }.items():
        tool = tools.find(name)
        assert tool.go is not None
        go_mod = (MODULES_DIRECTORY / tool.go.module / "go.mod").read_text()
        assert line.format(tool.version) in go_mod


def test_optional_tools_are_brought_only_when_asked_for() -> None:
    tools = load_tools()
    assert tools.find("helm") not in tools.tool
    asked = tools.including(["helm"])
    assert [tool for tool in asked.tool if tool not in tools.tool] == [tools.find("helm")]
    assert asked.known == tools.known
    with pytest.raises(ToolchainError, match=r"frobnicate: no optional tool .* There are: helm, actionlint, ministack"):
        tools.including(["helm", "frobnicate"])
