"""Reads a checkpoint of the file backend, with its secrets as ``Secret`` values.

It writes nothing. Source of the encryption: pulumi/pulumi sdk/go/common/resource/config/crypt.go.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from plugins.rpc.values import SIGNATURE_KEY, Secret

if TYPE_CHECKING:
    from pathlib import Path

_ROUNDS = 1_000_000
_KEY_BYTES = 32


class Checkpoint:
    """The state of one stack."""

    def __init__(self, text: str, passphrase: str) -> None:
        self.text = text
        latest = json.loads(text)["checkpoint"]["latest"] or {}
        state = (latest.get("secrets_providers") or {}).get("state") or {}
        self._cipher = _cipher(passphrase, state["salt"]) if state else None
        self.resources: list[dict[str, Any]] = [self._opened(item) for item in latest.get("resources") or []]
        self.pending: list[dict[str, Any]] = latest.get("pending_operations") or []

    def named(self, name: str) -> dict[str, Any] | None:
        """Return the entry of one resource: the living one, not one that waits for its deletion."""
        found = [item for item in self.resources if item["urn"].rpartition("::")[2] == name]
        return next((item for item in found if not item.get("delete")), None)

    @property
    def outputs(self) -> dict[str, Any]:
        """The outputs of the stack."""
        stacks = (item for item in self.resources if item["type"] == "pulumi:pulumi:Stack")
        outputs: dict[str, Any] = next(stacks, {}).get("outputs") or {}
        return outputs

    def _opened(self, value: Any) -> Any:  # noqa: ANN401 - any part of a state
        if isinstance(value, dict):
            if SIGNATURE_KEY in value and "ciphertext" in value:
                return Secret(json.loads(self._plain(value["ciphertext"])))
            return {key: self._opened(item) for key, item in value.items()}
        return [self._opened(item) for item in value] if isinstance(value, list) else value

    def _plain(self, ciphertext: str) -> bytes:
        assert self._cipher is not None
        _, nonce, sealed = ciphertext.split(":")
        return self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(sealed), None)


def read_checkpoint(path: Path, passphrase: str) -> Checkpoint:
    """Read the checkpoint that the file backend keeps at ``path``."""
    return Checkpoint(path.read_text(encoding="utf-8"), passphrase)


@functools.cache
def _cipher(passphrase: str, state: str) -> AESGCM:
    salt = base64.b64decode(state.split(":")[1])
    return AESGCM(hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ROUNDS, _KEY_BYTES))
