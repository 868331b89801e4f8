"""Says who we are, for every request: token, token file, basic login, or a command that fetches a token.

Client certificates are not here: they belong to the TLS context.
"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.kubernetes.api.api_error import Unreachable

if TYPE_CHECKING:
    from plugins.kubernetes.api.kubeconfig import Connection


class Credentials:
    """The Authorization header of one connection, renewed when it expires."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._fetched = ""
        self._expires: dt.datetime | None = None
        self._lock = asyncio.Lock()

    async def headers(self) -> dict[str, str]:
        """Return the headers that log in."""
        connection = self._connection
        if connection.token:
            return {"Authorization": f"Bearer {connection.token}"}
        if connection.token_file:
            # Kubernetes rotates these files, so they are read each time.
            token = await asyncio.to_thread(Path(connection.token_file).read_text, encoding="utf-8")
            return {"Authorization": f"Bearer {token.strip()}"}
        if connection.username:
            pair = base64.b64encode(f"{connection.username}:{connection.password or ''}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        if connection.command:
            return {"Authorization": f"Bearer {await self._token_from_command(connection.command)}"}
        return {}

    async def _token_from_command(self, command: dict[str, Any]) -> str:
        async with self._lock:
            soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
            if not self._fetched or (self._expires is not None and self._expires < soon):
                await self._fetch(command)
            return self._fetched

    async def _fetch(self, command: dict[str, Any]) -> None:
        """Run the exec plugin of the kubeconfig (client.authentication.k8s.io)."""
        program = [str(command.get("command")), *(str(item) for item in command.get("args") or [])]
        extra = {str(item["name"]): str(item["value"]) for item in command.get("env") or []}
        info = {"apiVersion": command.get("apiVersion"), "kind": "ExecCredential", "spec": {"interactive": False}}
        environment = {**os.environ, **extra, "KUBERNETES_EXEC_INFO": json.dumps(info)}
        try:
            process = await asyncio.create_subprocess_exec(
                *program,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except OSError as error:
            raise Unreachable(
                f"{self._connection.origin} wants {program[0]!r} to fetch credentials, which cannot be run: "
                f"{error.strerror}. Install it, or use a kubeconfig with a certificate or token."
            ) from None
        output, errors = await process.communicate()
        if process.returncode:
            last = (errors.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
            raise Unreachable(f"{program[0]!r} failed to fetch credentials (exit code {process.returncode}): {last}")
        status = json.loads(output).get("status") or {}
        expires = status.get("expirationTimestamp")
        self._fetched = str(status.get("token") or "")
        self._expires = dt.datetime.fromisoformat(expires) if expires else None
