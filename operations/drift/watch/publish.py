"""Leaves in the cluster what the drift watch compares with, and where it tells of drift.

It deliberately runs after every change of slipway's own, and does nothing where the state records no watch.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import socket
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx

from operations.drift import ignore_file
from operations.drift.kubernetes.comparison import recorded_objects
from operations.drift.kubernetes.controllers import RECORDER
from operations.drift.recorded import read_recorded, spelled
from operations.drift.watch import NAME, NAMESPACE, RECORDED_SECRET, WEBHOOK_AT, WEBHOOK_SECRET, WEBHOOK_URL
from operations.drift.watch.record import FILE, Record, pack
from operations.drift.watch.seal import sealed
from operations.drift.webhook import VARIABLE, webhook_address
from operations.failure import OperationFailedError
from operations.health.kubernetes_api import KubernetesApi, parse_kubeconfig

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import Console

    from operations.drift.ignore import IgnoreList
    from operations.drift.recorded import RecordedState
    from operations.session import Session

TIMEOUT_SECONDS = 30.0
NODE_KEYS = ("name", "roles", "pool", "labels", "taints")
"""What is compared of a node."""
APPLY = {"Content-Type": "application/apply-patch+yaml", "User-Agent": "slipway-drift"}


def publish(session: Session, console: Console) -> None:
    """Bring the watch's record up to date; say so when that cannot be done, as an update is no failure for that."""
    try:
        state = read_recorded(session)
        if ("batch", "CronJob", NAMESPACE, NAME) in recorded_objects(state.resources):
            ignore = ignore_file.read_ignore_list(session.project.stack_directory / ignore_file.NAME)
            asyncio.run(_publish(session.environment, state, ignore, webhook_address(os.environ)))
    except (httpx.HTTPError, OperationFailedError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        console.print(
            f"The drift watch could not be told what is recorded now, and compares with what was before: {why}. "
            f"Repeat: slipway up {session.environment}",
            style="bold yellow",
            markup=False,
        )


async def _publish(environment: str, state: RecordedState, ignore: IgnoreList, webhook: str | None) -> None:
    api = KubernetesApi(parse_kubeconfig(state.outputs["kubeconfig"]), timeout_seconds=TIMEOUT_SECONDS)
    async with api.client() as http:
        answer = (await http.get("/version")).raise_for_status()
        record = make_record(environment, parsedate_to_datetime(answer.headers["Date"]), state, ignore)
        await _apply(http, RECORDED_SECRET, {FILE: pack(record)})
        if webhook:
            at = _address(httpx.URL(webhook).host)
            await _apply(http, WEBHOOK_SECRET, {WEBHOOK_URL: webhook.encode(), WEBHOOK_AT: at.encode()})


def _address(host: str) -> str:
    """Return the IPv4 address of a name: cluster DNS resolves names of the cluster alone.

    Raises:
        OperationFailedError: It has none.
    """
    try:
        return str(socket.getaddrinfo(host, None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise OperationFailedError(f"{VARIABLE}: its name has no IPv4 address here ({error})") from None


async def _apply(http: httpx.AsyncClient, name: str, files: dict[str, bytes]) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "data": {file: base64.b64encode(content).decode() for file, content in files.items()},
    }
    answer = await http.patch(
        f"/api/v1/namespaces/{NAMESPACE}/secrets/{name}",
        params={"fieldManager": RECORDER, "force": "true"},
        content=json.dumps(secret),
        headers=APPLY,
    )
    answer.raise_for_status()


def make_record(environment: str, at: datetime, state: RecordedState, ignore: IgnoreList) -> Record:
    """Return what the watch needs of a state: no Secret, and whatever else is secret as hashes.

    Args:
        environment: Its name.
        at: The API server's time, not before the state was written.
        state: What is recorded.
        ignore: What is left as it is for a while.
    """
    key = secrets.token_hex(32)
    raw = {item.urn: item for item in state.state.resources}

    def holds_secret(text: str) -> bool:
        return state.redaction(text) != text

    objects = [one for name, one in recorded_objects(state.resources).items() if name[1] != "Secret"]
    return Record(
        environment=environment,
        at=at,
        key=key,
        machines=[
            {name: node[name] for name in NODE_KEYS if name in node} for node in state.outputs.get("nodes") or ()
        ],
        ignore=list(ignore.entries),
        resources=[
            replace(
                one,
                inputs=spelled(sealed(raw[one.urn].inputs, key, holds_secret)),
                outputs=spelled(sealed(raw[one.urn].outputs, key, holds_secret)),
            )
            for one in objects
        ],
    )
