"""Releases: only what was pinned is used, and an internet that cannot be reached is asked once."""

from __future__ import annotations

import hashlib
import io
import socket
import tarfile
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from toolchain.definition import ReleaseFile, Tool, host_architecture
from toolchain.sources.release import ReleaseChannel, ReleaseUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import ReleaseServer


def tool(address: str, content: bytes, inside: str = "", sha256: str = "") -> Tool:
    pinned = sha256 or hashlib.sha256(content).hexdigest()
    file = ReleaseFile(address=address, sha256=pinned, executables={"a": inside}, architecture=host_architecture())
    return Tool(name="a", version="1", executables=("a",), release=(file,))


def packed(kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("deep/a", "program")
    else:
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            member = tarfile.TarInfo("deep/a")
            member.size = len(b"program")
            tar.addfile(member, io.BytesIO(b"program"))
    return buffer.getvalue()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    directory = tmp_path / "cache" / "partial"
    directory.mkdir(parents=True)
    return directory


@pytest.mark.parametrize(
    ("name", "content", "inside"),
    [("a", b"program", ""), ("a.tar.gz", packed("tar"), "deep/a"), ("a.zip", packed("zip"), "deep/a")],
)
def test_a_release_is_unpacked(
    release_server: ReleaseServer, place: Path, name: str, content: bytes, inside: str
) -> None:
    (release_server.directory / name).write_bytes(content)
    ReleaseChannel(offline=False).fill(tool(f"{release_server.address}/{name}", content, inside), place)
    assert (place / "a").read_text() == "program"
    assert list(place.parent.iterdir()) == [place], "the download itself is gone"


def test_another_content_is_not_used(release_server: ReleaseServer, place: Path) -> None:
    (release_server.directory / "a").write_bytes(b"tampered")
    channel = ReleaseChannel(offline=False)
    with pytest.raises(ReleaseUnavailableError, match=r"has sha256 \w+, tools\.toml pins \w+; it was not used"):
        channel.fill(tool(f"{release_server.address}/a", b"program"), place)
    assert list(place.iterdir()) == []


def test_an_archive_without_the_executable_says_so(release_server: ReleaseServer, place: Path) -> None:
    (release_server.directory / "a.tar.gz").write_bytes(packed("tar"))
    with pytest.raises(ReleaseUnavailableError, match="no bin/a in it"):
        ReleaseChannel(offline=False).fill(tool(f"{release_server.address}/a.tar.gz", packed("tar"), "bin/a"), place)


def test_a_refused_release_leaves_the_way_open(release_server: ReleaseServer, place: Path) -> None:
    channel = ReleaseChannel(offline=False)
    wanted = tool(f"{release_server.address}/none", b"program")
    with pytest.raises(ReleaseUnavailableError, match="answered 404"):
        channel.fill(wanted, place)
    assert channel.offers(wanted)


def test_an_unreachable_address_closes_the_way_for_all(place: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    channel = ReleaseChannel(offline=False)
    wanted = tool(f"{address}/a", b"program")
    started = time.monotonic()
    with pytest.raises(ReleaseUnavailableError):
        channel.fill(wanted, place)
    assert time.monotonic() - started < 3.5
    assert not channel.offers(wanted)
    with pytest.raises(ReleaseUnavailableError, match=r"not tried .* could not be reached"):
        channel.fill(wanted, place)


def test_offline_tries_nothing(release_server: ReleaseServer) -> None:
    assert not ReleaseChannel(offline=True).offers(tool(f"{release_server.address}/a", b"program"))
