"""The private copy of an environment's file, to which Pulumi may add the `encryptionsalt` of this machine's passphrase.

It deliberately copies the committed file afresh each time and never writes to it: a salt is no business of a commit.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import yaml

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from pathlib import Path

SALT_KEY = "encryptionsalt"
# A committed file with one of these has a secrets provider of its own, shared by a team: it wins.
SECRETS_KEYS = (SALT_KEY, "encryptedkey", "secretsprovider")
SALT_FORM = re.compile(r"v1:[A-Za-z0-9+/=]+:v1:[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+")


def refresh_private_copy(committed: Path, private: Path) -> None:
    """Bring the private copy up to date with the committed file and keep its salt.

    Raises:
        OperationFailedError: One of the files is not what it must be.
    """
    text = merged(committed.read_text(), salt_of(private), where=committed)
    if private.is_file() and private.read_text() == text:
        return
    private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = private.with_name(f".{private.name}.{os.getpid()}")
    draft.write_text(text)
    draft.chmod(0o600)
    draft.replace(private)


def merged(committed: str, salt: str | None, *, where: Path) -> str:
    """Return the text of the private copy: the committed text as it is, and the salt where it has none.

    Raises:
        OperationFailedError: The committed text is no YAML mapping that lines can be added to.
    """
    content = _mapping(committed, where)
    if salt is None or any(key in content for key in SECRETS_KEYS):
        return committed
    text = f"{committed.rstrip()}\n{SALT_KEY}: {salt}\n".lstrip("\n")
    # The text is kept rather than dumped again, as YAML 1.1 and 1.2 disagree on what `on` or `012` means.
    if _mapping(text, where) != {**content, SALT_KEY: salt}:
        raise OperationFailedError(f"{where} must be a plain block-style YAML mapping.", ExitCode.CONFIGURATION)
    return text


def salt_of(path: Path) -> str | None:
    """Return the salt that Pulumi wrote into a stack file, or None."""
    if not path.is_file():
        return None
    salt = _mapping(path.read_text(), path).get(SALT_KEY)
    if salt is None:
        return None
    if not isinstance(salt, str) or not SALT_FORM.fullmatch(salt):
        raise OperationFailedError(
            f"The {SALT_KEY} in {path} is malformed, so this environment's secrets cannot be read. "
            "Restore that file from a backup.",
            ExitCode.CONFIGURATION,
        )
    return salt


def _mapping(text: str, where: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise OperationFailedError(f"{where} is not valid YAML: {error}", ExitCode.CONFIGURATION) from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise OperationFailedError(
            f"{where} must be a YAML mapping with 'config:', but is a {type(content).__name__}.",
            ExitCode.CONFIGURATION,
        )
    return content
