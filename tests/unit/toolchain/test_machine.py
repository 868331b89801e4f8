"""The machine's own set-up: what it finds, and what it says when something is wrong. Nothing is installed here."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socketserver
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from toolchain import labels, machine, room
from toolchain.engine_socket import ask_engine, has_containers
from toolchain.failure import ToolchainError
from toolchain.machine import Done, Unchanged

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Engine(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        # It has containers of slipway, and no others.
        of_slipway = [{"Id": "a"}] if "io.slipway.project" in self.path else []
        info = {"ServerVersion": "20.10", "DockerRootDir": "/"}
        body = json.dumps(of_slipway if self.path.startswith("/containers") else info).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "local"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "engine.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), _Engine) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        yield path
        server.shutdown()
        thread.join()


def test_an_engine_that_answers_is_left_alone(engine: Path) -> None:
    assert machine.start_engine() == Unchanged(because=f"engine 20.10 answers at {engine}")


DOCKERD = """#!{python}
import http.server, json, os, socketserver, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
open(options["--pidfile"], "w").write(str(os.getpid()))
print("serving", flush=True)
class Engine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({{"ServerVersion": "1.0", "DockerRootDir": "/"}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def address_string(self):
        return "local"
with socketserver.UnixStreamServer(options["--host"].removeprefix("unix://"), Engine) as server:
    server.serve_forever()
"""


@pytest.fixture
def no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root user's machine without systemd, whose dockerd is a program of this test."""
    if Path("/run/systemd/system").is_dir():
        pytest.skip("systemd starts the engine here")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    for module in ("engine_socket", "machine"):
        monkeypatch.setattr(f"toolchain.{module}.DEFAULT_SOCKET", tmp_path / "e.sock")
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin" / "dockerd"


def test_an_engine_is_started_detached_with_log_and_process_id(no_engine: Path, tmp_path: Path) -> None:
    no_engine.write_text(DOCKERD.format(python=sys.executable))
    no_engine.chmod(0o755)
    assert machine.start_engine() == Done("started engine 1.0")
    pid = int((tmp_path / "state" / "dockerd.pid").read_text())
    try:
        assert os.getsid(pid) != os.getsid(0)
        assert "serving" in (tmp_path / "state" / "dockerd.log").read_text()
        assert isinstance(machine.start_engine(), Unchanged)
    finally:
        os.kill(pid, signal.SIGKILL)


def test_an_engine_that_ends_at_once_is_told_with_its_last_lines(no_engine: Path, tmp_path: Path) -> None:
    no_engine.write_text("#!/bin/sh\necho no overlay here >&2\nexit 1\n")
    no_engine.chmod(0o755)
    with pytest.raises(ToolchainError) as raised:
        machine.start_engine()
    assert "ended with code 1" in str(raised.value)
    assert "no overlay here" in str(raised.value)
    assert str(tmp_path / "state" / "dockerd.log") in str(raised.value)


def test_no_second_engine_is_started_where_the_user_named_one_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/theirs.sock")
    with pytest.raises(ToolchainError, match="which DOCKER_HOST names"):
        machine.start_engine()


def test_an_engine_elsewhere_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://rack7")
    assert machine.start_engine() == Unchanged(because="DOCKER_HOST names ssh://rack7")
    assert "docker.io" not in machine.wanted_packages(tests=False)


def test_a_socket_that_nobody_serves_is_no_engine(tmp_path: Path) -> None:
    assert ask_engine(tmp_path / "none.sock") is None


def test_installed_packages_are_not_touched() -> None:
    assert machine.install_packages({"coreutils": "ls"}) == Unchanged(because="coreutils installed already")


def test_without_apt_the_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match=r"no apt-get\. Install by hand: no-such-package"):
        machine.install_packages({"no-such-package": "no-such-program"})


def test_a_browser_is_only_wanted_for_tests() -> None:
    assert "chromium" in machine.wanted_packages(tests=True)
    assert "chromium" not in machine.wanted_packages(tests=False)


@pytest.mark.usefixtures("engine")
def test_too_little_disk_names_every_place_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_CACHE", str(tmp_path / "not" / "yet"))
    with pytest.raises(ToolchainError) as raised:
        machine.check_disk(needed_bytes=10**18)
    text = str(raised.value)
    assert f"{tmp_path / 'not' / 'yet'} has" in text
    assert "; / has" in text, "the engine's data root is checked as well"
    assert "slipway needs 1000000000 GB more" in text
    assert "SLIPWAY_CACHE" in text


@pytest.mark.usefixtures("engine")
def test_enough_disk_is_nothing_to_do() -> None:
    assert isinstance(machine.check_disk(needed_bytes=1), Unchanged)


def test_room_for_an_environment_that_was_begun_is_not_asked_for_again(engine: Path) -> None:
    assert has_containers(engine, labels.PROJECT)
    assert not has_containers(engine, "of.somebody.else")
    assert room.needed_bytes(engine) == room.FOR_AN_UPDATE


def test_without_an_environment_the_room_depends_on_what_set_up_has_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPWAY_CACHE", str(tmp_path))
    nobody = tmp_path / "no.sock"
    assert room.needed_bytes(nobody) == room.needed_bytes(None) == room.FOR_EVERYTHING
    (tmp_path / "images" / "machine").mkdir(parents=True)
    assert room.needed_bytes(nobody) == room.needed_bytes(None) == room.FOR_AN_ENVIRONMENT


def test_without_root_and_sudo_the_way_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match="needs root, and there is no sudo"):
        machine.as_root()


def test_limit_that_is_high_enough_is_left_alone(tmp_path: Path) -> None:
    limit = tmp_path / "max_user_instances"
    limit.write_text("65536\n")
    assert machine.raise_kernel_limits(limit) == machine.Unchanged(
        because="65536 inotify instances are allowed already"
    )
