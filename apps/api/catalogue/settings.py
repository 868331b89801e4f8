"""Settings of the service, read once from environment variables and mounted credential files.

It deliberately has no defaults for secrets and no other source: what is not set here cannot be set.
"""

from pathlib import Path
from typing import NamedTuple

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(Exception):
    """A setting that cannot be used; the text says which one and what to do."""


class Credentials(NamedTuple):
    """A login for the database."""

    username: str
    password: SecretStr


class Settings(BaseSettings):
    """Everything that differs between environments; each field is read from `CATALOGUE_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="CATALOGUE_", frozen=True)

    database_host: str = "127.0.0.1"
    database_port: int = Field(default=27017, ge=1, le=65535)
    database_name: str = Field(default="catalogue", pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    database_credentials_directory: Path | None = None
    """Directory with the files `username` and `password`, as a mounted Secret has them; none means no login."""
    database_authentication_source: str | None = None
    """Database that holds the user; the catalogue's own when not set."""
    database_ca_file: Path | None = None
    """PEM file of the authority that signed the database's certificate; none means no TLS."""

    listen_host: str = "0.0.0.0"  # noqa: S104 - a pod's address is not known beforehand
    listen_port: int = Field(default=8080, ge=0, le=65535)
    drain_seconds: float = Field(default=3.0, ge=0, le=60)
    """How long requests are still accepted after SIGTERM, while readiness already says no."""
    seed: bool = True
    """Whether a new database gets sample products."""

    def credentials(self) -> Credentials | None:
        """Read the database login from the mounted directory.

        Returns:
            The login, or None when no directory is set.

        Raises:
            SettingsError: If a file is missing, unreadable or empty.
        """
        directory = self.database_credentials_directory
        if directory is None:
            return None
        return Credentials(_secret_file(directory / "username"), SecretStr(_secret_file(directory / "password")))


def _secret_file(path: Path) -> str:
    try:
        # Editors and `kubectl create secret --from-file` leave a newline that is no part of the secret.
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(
            f"Database credentials: cannot read {path} ({error.strerror}). "
            "Mount a Secret with the keys `username` and `password` at CATALOGUE_DATABASE_CREDENTIALS_DIRECTORY."
        ) from error
    if not text:
        raise SettingsError(
            f"Database credentials: {path} is empty. Put the value into the Secret that is mounted there."
        )
    return text
