"""A real FerretDB with TLS and a login, and the service on it, for the tests of the API.

Deliberately nothing is replaced by a double: what the tests see is what a pod sees.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import subprocess
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.api.catalogue.application import create_application
from apps.api.catalogue.settings import Settings
from toolchain.lookup import executable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    Service = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]

PASSWORD = "correct-horse-battery-staple"
START_SECONDS = 20


@dataclass(frozen=True)
class DatabaseServer:
    """Where the database is, and how to get in."""

    port: int
    certificate_file: Path
    credentials_directory: Path


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    directory = tmp_path_factory.mktemp("ferretdb")
    (directory / "data").mkdir()
    certificate_file, key_file = _certificate(directory)
    credentials = directory / "credentials"
    credentials.mkdir()
    (credentials / "username").write_text("catalogue\n")
    (credentials / "password").write_text(f"{PASSWORD}\n")
    port = free_port()
    environment = {
        "FERRETDB_HANDLER": "sqlite",
        "FERRETDB_SQLITE_URL": f"file:{directory}/data/",
        "FERRETDB_STATE_DIR": "-",
        "FERRETDB_TELEMETRY": "disable",
        "FERRETDB_DEBUG_ADDR": "-",
        "FERRETDB_LISTEN_ADDR": "",
        "FERRETDB_LISTEN_TLS": f"127.0.0.1:{port}",
        "FERRETDB_LISTEN_TLS_CERT_FILE": str(certificate_file),
        "FERRETDB_LISTEN_TLS_KEY_FILE": str(key_file),
        "FERRETDB_TEST_ENABLE_NEW_AUTH": "true",
        "FERRETDB_SETUP_DATABASE": "catalogue",
        "FERRETDB_SETUP_USERNAME": "catalogue",
        "FERRETDB_SETUP_PASSWORD": PASSWORD,
        "FERRETDB_LOG_LEVEL": "error",
    }
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([executable("ferretdb")], env=environment, stdout=log, stderr=log)
        try:
            _wait_for_door(process, port, certificate_file, directory / "log")
            yield DatabaseServer(port, certificate_file, credentials)
        finally:
            process.terminate()
            process.wait(10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for_door(process: subprocess.Popen[bytes], port: int, certificate_file: Path, log: Path) -> None:
    context = ssl.create_default_context(cafile=str(certificate_file))
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 1) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1"),
            ):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"FerretDB did not open port {port}, exit code {process.poll()}. Its log: {log.read_text()}")


def _certificate(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "database of a test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = directory / "tls.crt", directory / "tls.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate_file, key_file


@pytest.fixture
def settings(database_server: DatabaseServer) -> Settings:
    """Settings for a database of its own."""
    for name in [name for name in os.environ if name.startswith("CATALOGUE_")]:
        pytest.fail(f"{name} is set in the environment and would change what is tested. Unset it.")
    return Settings(
        database_host="127.0.0.1",
        database_port=database_server.port,
        database_name=f"test_{uuid4().hex[:12]}",
        database_authentication_source="catalogue",
        database_credentials_directory=database_server.credentials_directory,
        database_ca_file=database_server.certificate_file,
        seed=False,
    )


@pytest.fixture
def service(settings: Settings) -> Service:
    """Opens the service in this process; `service(seed=True)` changes settings, `ready=False` does not wait for it."""

    @asynccontextmanager
    async def open_service(*, ready: bool = True, **changes: object) -> AsyncIterator[httpx.AsyncClient]:
        app = create_application(settings.model_copy(update=changes))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://catalogue.test") as client,
        ):
            while ready and (await client.get("/health/ready")).status_code != 200:  # noqa: ASYNC110 - as the kubelet
                await asyncio.sleep(0.01)
            yield client

    return open_service


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with service() as opened:
        yield opened
