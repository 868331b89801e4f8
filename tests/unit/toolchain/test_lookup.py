"""What the rest of slipway asks the toolchain for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from toolchain.cache import Cache
from toolchain.definition import load_tools
from toolchain.failure import ToolchainError
from toolchain.lookup import MissingToolError, data_directory, executable, tool_digest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_CACHE", str(tmp_path))


def fill_cilium(place: Path) -> None:
    for name in load_tools().find("cilium").executables:
        (place / name).write_text(name)
    (place / "bpf").mkdir()
    (place / "bpf" / "bpf_lxc.c").write_text("int main;")


def test_a_missing_tool_names_the_command_to_run() -> None:
    with pytest.raises(MissingToolError, match=r"kubectl \(kubectl 1\.36\.3\) is not in the cache .* slipway setup"):
        executable("kubectl")


def test_executables_and_data_of_a_cached_tool_are_found(tmp_path: Path) -> None:
    tools = load_tools()
    Cache(tools).install(tools.find("cilium"), "test", fill_cilium)
    assert executable("cilium-agent").read_text() == "cilium-agent"
    assert executable("cilium-agent").is_relative_to(tmp_path / "tools" / "cilium")
    assert (data_directory("cilium", "bpf") / "bpf_lxc.c").is_file()
    with pytest.raises(ToolchainError, match=r"keeps no data named charts \(kept: bpf\)"):
        data_directory("cilium", "charts")
    with pytest.raises(ToolchainError, match="cilium is a tool, not an executable"):
        executable("cilium")


def test_the_digest_is_known_before_the_tool_exists() -> None:
    assert tool_digest("cilium-agent") == tool_digest("cilium")
    assert tool_digest("kubectl") != tool_digest("kubelet")
