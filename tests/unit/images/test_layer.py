"""Layers are the same bytes for the same content and unpack to what went in. Plain tar deliberately looks at them."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from toolchain.images.entry import Entry, directory_entry, file_entry, inside, with_parents
from toolchain.images.layer import EPOCH, Layer, write_layer
from toolchain.images.tree import all_entries, changed_entries, overlay_entries, snapshot, tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from toolchain.images.recipe import Compression

COMPRESSIONS: tuple[Compression, ...] = ("gzip", "zstd")


def unpacked(blobs: Path, layer: Layer) -> bytes:
    command = {"gzip": "gzip", "zstd": "zstd"}[layer.media_type.rsplit("+", 1)[1]]
    path = blobs / layer.digest.removeprefix("sha256:")
    return subprocess.run([command, "-dc", str(path)], check=True, capture_output=True).stdout


def members(blobs: Path, layer: Layer) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(unpacked(blobs, layer))) as archive:
        return {member.name: member for member in archive}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "root"
    (made / "etc").mkdir(parents=True)
    (made / "etc/hosts").write_text("127.0.0.1 localhost\n")
    (made / "etc/link").symlink_to("hosts")
    (made / "etc/same").hardlink_to(made / "etc/hosts")
    return made


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_digests_name_the_bytes(root: Path, tmp_path: Path, compression: Compression) -> None:
    layer = write_layer(all_entries(root), tmp_path, compression)
    blob = tmp_path / layer.digest.removeprefix("sha256:")
    assert layer.size == blob.stat().st_size
    assert layer.digest == "sha256:" + hashlib.sha256(blob.read_bytes()).hexdigest()
    assert layer.diff_id == "sha256:" + hashlib.sha256(unpacked(tmp_path, layer)).hexdigest()


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_order_and_times_do_not_change_a_layer(root: Path, tmp_path: Path, compression: Compression) -> None:
    first = write_layer(all_entries(root), tmp_path, compression)
    os.utime(root / "etc/hosts", (1, 1))
    assert write_layer(reversed(all_entries(root)), tmp_path, compression) == first


def test_one_byte_changes_a_layer(root: Path, tmp_path: Path) -> None:
    first = write_layer(all_entries(root), tmp_path, "gzip")
    (root / "etc/hosts").write_text("127.0.0.2 localhost\n")
    assert write_layer(all_entries(root), tmp_path, "gzip").digest != first.digest


def test_links_stay_links(root: Path, tmp_path: Path) -> None:
    found = members(tmp_path, write_layer(all_entries(root), tmp_path, "gzip"))
    assert found["etc/link"].issym()
    assert found["etc/link"].linkname == "hosts"
    assert found["etc/same"].islnk()
    assert found["etc/same"].linkname == "etc/hosts"
    assert {member.mtime for member in found.values()} == {EPOCH}


def test_a_change_is_only_what_was_touched(root: Path) -> None:
    before = snapshot(root)
    (root / "etc/new").write_text("new")
    (root / "etc/link").unlink()
    assert sorted(entry.path for entry in changed_entries(root, before)) == ["etc/.wh.link", "etc/new"]


def test_a_removed_directory_is_one_whiteout(root: Path) -> None:
    (root / "etc/a/b").mkdir(parents=True)
    before = snapshot(root)
    (root / "etc/a/b").rmdir()
    (root / "etc/a").rmdir()
    assert [entry.path for entry in changed_entries(root, before)] == ["etc/.wh.a"]


def test_logs_caches_and_devices_stay_out(root: Path) -> None:
    for path in ("dev/null", "tmp/x", "run/x", "var/log/apt/history.log", "var/cache/ldconfig/aux"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")
    paths = {entry.path for entry in all_entries(root)}
    assert {"dev", "tmp", "run", "var/log/apt", "var/cache/ldconfig"} <= paths
    assert not {path for path in paths if path.endswith(("null", "/x", "history.log", "aux"))}


def test_an_overlay_keeps_one_bit_of_the_mode(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("")
    (tmp_path / "run.sh").chmod(0o700)
    (tmp_path / "data").write_text("")
    (tmp_path / "data").chmod(0o600)
    modes = {entry.path: entry.mode & 0o7777 for entry in overlay_entries(tmp_path, "/opt", merged=False)}
    assert modes == {"opt/run.sh": 0o755, "opt/data": 0o644}


def test_excluded_data_stays_out(tmp_path: Path) -> None:
    for path in ("lib/a.h", "tests/a.c", "testsuite.h"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("")
    paths = {entry.path for entry in tree_of(tmp_path, "/bpf", ("tests",))}
    assert paths == {"bpf", "bpf/lib/a.h", "bpf/testsuite.h"}


@pytest.mark.parametrize(
    ("path", "merged", "expected"),
    [
        ("/sbin/init", True, "usr/sbin/init"),
        ("/sbin/init", False, "sbin/init"),
        ("/binary", True, "binary"),
        ("/usr/bin/x", True, "usr/bin/x"),
    ],
)
def test_a_path_never_replaces_a_link_of_the_merged_root(path: str, merged: bool, expected: str) -> None:  # noqa: FBT001
    assert inside(path, merged=merged) == expected


def test_directories_of_lower_layers_are_not_made_again() -> None:
    entries = [Entry("home/slipway/.ssh/config", 0o100600), directory_entry("tmp", 0o1777)]
    made = with_parents(entries, frozenset({"home", "home/slipway"}))
    assert sorted(entry.path for entry in made) == ["home/slipway/.ssh", "home/slipway/.ssh/config", "tmp"]


def test_a_file_is_owned_by_root(tmp_path: Path) -> None:
    (tmp_path / "tool").write_text("x")
    layer = write_layer([file_entry("bin/tool", tmp_path / "tool", 0o755)], tmp_path, "gzip")
    member = members(tmp_path, layer)["bin/tool"]
    assert (member.uid, member.gid, member.mode) == (0, 0, 0o755)
