"""A private registry for tests: the toolchain's registry with TLS and a login, on a free loopback port.

The Docker engine accepts any certificate of 127.0.0.0/8, so it needs no set-up.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

from toolchain.lookup import executable

USERNAME, PASSWORD = "dockertest", "dockertest-password"
# bcrypt of PASSWORD: Python has no bcrypt of its own from 3.13 on.
HTPASSWD = f"{USERNAME}:$2b$04$DLK.DFZN6Odo8Km5sBb1YuGG6592l4oWcwASj7qOsc8XEs..8AUxy\n"

CONFIGURATION = """\
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {root}/data}}, delete: {{enabled: true}}}}
http: {{addr: "{address}", tls: {{certificate: {root}/cert.pem, key: {root}/key.pem}}}}
auth: {{htpasswd: {{realm: dockertest, path: {root}/htpasswd}}}}
"""


@dataclass(frozen=True)
class Registry:
    """A running registry."""

    address: str

    def login(self, password: str = PASSWORD) -> dict[str, str]:
        """The ``registry`` input of an Image."""
        return {"server": self.address, "username": USERNAME, "password": password}


def _write_certificate(root: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dockertest")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=5))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, pkcs8, plain = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (root / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (root / "key.pem").write_bytes(key.private_bytes(pem, pkcs8, plain))


@contextlib.contextmanager
def running_registry(root: Path) -> Iterator[Registry]:
    """Run a registry until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    _write_certificate(root)
    (root / "htpasswd").write_text(HTPASSWD)
    (root / "config.yml").write_text(CONFIGURATION.format(root=root, address=address))
    with (root / "log").open("wb") as log:
        process = subprocess.Popen([executable("registry"), "serve", root / "config.yml"], stdout=log, stderr=log)
    try:
        _wait_for(address, process, root)
        yield Registry(address)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(address: str, process: subprocess.Popen[bytes], root: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(root / "cert.pem"))
    for _ in range(100):
        assert process.poll() is None, (root / "log").read_text()
        try:
            urllib.request.urlopen(f"https://{address}/v2/", context=trusting, timeout=2)
        except urllib.error.HTTPError:
            return  # 401: it is there and asks who we are
        except OSError:
            time.sleep(0.1)
    raise AssertionError((root / "log").read_text())
