"""The service as the process that a pod runs: probes, logs, and a stop that drops nothing.

Deliberately started by its command, with its real settings from the environment.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pymongo import MongoClient

from apps.api.catalogue.settings import Settings, SettingsError

from .conftest import PASSWORD, START_SECONDS, DatabaseServer, free_port
from .test_concurrency import CHANGE
from .test_products import PRODUCTS, teapot

if TYPE_CHECKING:
    from collections.abc import Iterator

API_DIRECTORY = Path(__file__).parents[3] / "apps" / "api"


class Process:
    """A running service."""

    def __init__(self, settings: Settings, drain_seconds: float = 0.5) -> None:
        port = free_port()
        fields = settings.model_dump(exclude_none=True) | {"listen_port": port, "drain_seconds": drain_seconds}
        environment = {f"CATALOGUE_{name.upper()}": str(value) for name, value in fields.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "catalogue"],
            cwd=API_DIRECTORY,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self.lines: list[dict[str, Any]] = []
        self.no_json: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                self.lines.append(json.loads(line))
            except ValueError:
                self.no_json.append(line.decode())

    def wait_for(self, path: str, status: int) -> httpx.Response:
        """Answer of a path, once it has the status."""
        give_up_at = time.monotonic() + START_SECONDS
        while time.monotonic() < give_up_at:
            assert self.process.poll() is None, self.lines
            try:
                answer = self.client.get(path)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code == status:
                return answer
            time.sleep(0.02)
        pytest.fail(f"{path} did not become {status}: {self.lines}")

    def end(self) -> None:
        """End the process, if it has not ended by itself."""
        self.client.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._reader.join(10)


@pytest.fixture
def process(settings: Settings) -> Iterator[Process]:
    running = Process(settings)
    yield running
    running.end()


def test_stop_turns_unready_finishes_what_is_in_flight_and_exits_cleanly(
    process: Process, settings: Settings, database_server: DatabaseServer
) -> None:
    process.wait_for("/health/ready", 200)
    created = process.client.post(PRODUCTS, json=teapot())
    product = created.json()
    database: MongoClient[dict[str, Any]] = MongoClient(
        "127.0.0.1",
        database_server.port,
        username="catalogue",
        password=PASSWORD,
        authSource="catalogue",
        tls=True,
        tlsCAFile=str(database_server.certificate_file),
    )
    with database, ThreadPoolExecutor() as pool:
        held = database[settings.database_name]["leases"]
        held.insert_one({"_id": product["id"], "token": "of-the-test", "takenAt": datetime.now(UTC)})
        # The edit waits for the lease: a request in flight for as long as this test wants.
        edit = pool.submit(
            process.client.put, created.headers["location"], json=CHANGE, headers={"If-Match": product["etag"]}
        )
        time.sleep(0.2)
        process.process.send_signal(signal.SIGTERM)
        unready = process.wait_for("/health/ready", 503)
        assert unready.json()["because"] == "the process is about to stop"
        still = process.client.get(PRODUCTS)
        assert (still.status_code, still.headers["connection"]) == (200, "close")
        time.sleep(0.8)
        assert process.process.poll() is None, "it must wait for the edit"
        held.delete_one({"_id": product["id"]})
        assert edit.result(10).status_code == 200
    assert process.process.wait(10) in {0, -signal.SIGTERM}


def test_logs_are_json_with_request_ids_and_without_secrets(process: Process) -> None:
    process.wait_for("/health/ready", 200)
    process.client.get(f"{PRODUCTS}?query=private", headers={"X-Request-ID": "find-me"})
    with ThreadPoolExecutor() as pool:
        # Requests are being logged when the signal comes.
        others = [pool.submit(process.client.get, PRODUCTS) for _ in range(40)]
        process.process.send_signal(signal.SIGTERM)
        assert {other.result().status_code for other in others} == {200}
    process.process.wait(10)
    process.end()
    assert process.no_json == []
    # A slow database may add a warning of the same request.
    [line] = [line for line in process.lines if line.get("requestId") == "find-me" and "method" in line]
    assert (line["method"], line["path"], line["status"]) == ("GET", PRODUCTS, 200)
    text = json.dumps(process.lines)
    assert PASSWORD not in text
    assert "private" not in text
    assert "/health/" not in text, "probes would drown everything else"


def test_missing_database_makes_a_replica_unready_but_keeps_it_alive(settings: Settings) -> None:
    process = Process(settings.model_copy(update={"database_port": free_port()}))
    try:
        process.wait_for("/health/startup", 200)
        assert process.client.get("/health/live").status_code == 200
        answer = process.client.get("/health/ready")
        assert (answer.status_code, answer.json()["because"]) == (503, "the database was not reached yet")
    finally:
        process.end()


@pytest.mark.parametrize("missing", ["username", "password"])
def test_missing_credential_file_is_named(tmp_path: Path, missing: str) -> None:
    for name in {"username", "password"} - {missing}:
        (tmp_path / name).write_text("x")
    with pytest.raises(SettingsError, match=rf"cannot read {tmp_path / missing}.*Mount a Secret"):
        Settings(database_credentials_directory=tmp_path).credentials()


def test_locked_requirements_name_no_registry_and_pin_every_package_by_hash() -> None:
    text = (API_DIRECTORY / "requirements.txt").read_text()
    assert "://" not in text
    assert "--index-url" not in text
    packages = [line for line in text.splitlines() if line[:1].isalpha()]
    assert len(packages) >= 4
    assert all("==" in line and line.endswith("\\") for line in packages), "each pin is followed by its hashes"
