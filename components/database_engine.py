"""What database engines differ in: how each is told where its data, its certificate and its first user are.

It registers no resource; ``components.document_store`` runs one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

PORT = 27017
DATABASE = "catalogue"
LOGIN_SECRET = "database-login"  # noqa: S105 - the name of an object
LOGIN_DIRECTORY = "/run/secrets/login"
TLS_DIRECTORY = "/run/secrets/tls"


@dataclass(frozen=True)
class DatabaseEngine:
    """One engine that speaks the MongoDB wire protocol with TLS on ``PORT``."""

    image: pulumi.Input[str]
    command: Sequence[str]
    environment: Sequence[Mapping[str, Any]]
    data_directory: str
    authentication_source: str
    """The database that its first user belongs to."""
    volumes: Sequence[Mapping[str, Any]] = ()
    """What it needs besides its data and its certificate."""
    mounts: Sequence[Mapping[str, Any]] = ()


def ferretdb(image: pulumi.Input[str]) -> DatabaseEngine:
    """Return FerretDB 1.24 on SQLite; the password reaches it by environment from the Secret, never as an argument."""

    def from_login(key: str) -> dict[str, Any]:
        return {"secret_key_ref": {"name": LOGIN_SECRET, "key": key}}

    plain = {
        "FERRETDB_HANDLER": "sqlite",
        "FERRETDB_SQLITE_URL": "file:/data/",
        "FERRETDB_STATE_DIR": "/data",
        "FERRETDB_LISTEN_ADDR": "",
        "FERRETDB_LISTEN_TLS": f":{PORT}",
        "FERRETDB_LISTEN_TLS_CERT_FILE": f"{TLS_DIRECTORY}/tls.crt",
        "FERRETDB_LISTEN_TLS_KEY_FILE": f"{TLS_DIRECTORY}/tls.key",
        "FERRETDB_DEBUG_ADDR": "-",
        "FERRETDB_TELEMETRY": "disable",
        "FERRETDB_TEST_ENABLE_NEW_AUTH": "true",
        "FERRETDB_SETUP_DATABASE": DATABASE,
    }
    return DatabaseEngine(
        image=image,
        command=["ferretdb"],
        environment=[
            *({"name": key, "value": value} for key, value in plain.items()),
            {"name": "FERRETDB_SETUP_USERNAME", "value_from": from_login("username")},
            {"name": "FERRETDB_SETUP_PASSWORD", "value_from": from_login("password")},
        ],
        data_directory="/data",
        authentication_source=DATABASE,
    )


def mongodb(image: pulumi.Input[str]) -> DatabaseEngine:
    """Return MongoDB as its official image sets it up; the login is read from the mounted Secret.

    Source: docker-library/mongo docker-entrypoint.sh, which makes the first user in an empty data directory.
    """
    environment = {
        "MONGO_INITDB_ROOT_USERNAME_FILE": f"{LOGIN_DIRECTORY}/username",
        "MONGO_INITDB_ROOT_PASSWORD_FILE": f"{LOGIN_DIRECTORY}/password",
        "HOME": "/tmp",  # noqa: S108 - inside the container, where mongosh keeps its settings
    }
    command = [
        *("docker-entrypoint.sh", "mongod", "--auth", "--bind_ip_all", "--tlsMode", "requireTLS"),
        *("--tlsCertificateKeyFile", f"{TLS_DIRECTORY}/tls.pem", "--tlsCAFile", f"{TLS_DIRECTORY}/ca.crt"),
        # Clients log in with a password: they have no certificates of their own to show.
        "--tlsAllowConnectionsWithoutCertificates",
    ]
    return DatabaseEngine(
        image=image,
        command=command,
        environment=[{"name": key, "value": value} for key, value in environment.items()],
        data_directory="/data/db",
        authentication_source="admin",
        volumes=[
            {"name": "login", "secret": {"secret_name": LOGIN_SECRET, "default_mode": 0o440}},
            {"name": "scratch", "empty_dir": {}},
        ],
        mounts=[
            {"name": "login", "mount_path": LOGIN_DIRECTORY, "read_only": True},
            {"name": "scratch", "mount_path": "/tmp"},  # noqa: S108 - its socket and the entry point's files
        ],
    )
