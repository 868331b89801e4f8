"""The report of the watch's run before, from the log of its pod: the only memory of a job that may write nothing.

It deliberately goes by what is still there; without it everything is new, as in a first run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
from pydantic import ValidationError

from operations.drift.finding import DriftReport
from operations.drift.watch import NAME, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterable

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
LINES = "20"
"""The report is one of the last: a webhook that cannot be told is told of after it."""
ENDED = ("Succeeded", "Failed")


async def latest(http: httpx.AsyncClient) -> DriftReport | None:
    """Return the newest report that a pod of an earlier run still holds; None when there is none."""
    try:
        listed = await http.get(PODS, params={"labelSelector": f"app.kubernetes.io/name={NAME}"})
        for name in newest_first(listed.raise_for_status().json()["items"]):
            log = await http.get(f"{PODS}/{name}/log", params={"tailLines": LINES})
            reports = [report for line in log.text.splitlines() if log.is_success and (report := _parsed(line))]
            if reports:
                return reports[-1]
    except httpx.HTTPError:
        return None
    return None


def newest_first(pods: Iterable[dict[str, Any]]) -> list[str]:
    """Return the names of pods that have ended."""
    ended = [pod["metadata"] for pod in pods if pod["status"].get("phase") in ENDED]
    return [one["name"] for one in sorted(ended, key=lambda one: one["creationTimestamp"], reverse=True)]


def _parsed(line: str) -> DriftReport | None:
    try:
        return DriftReport.model_validate_json(line)
    except ValidationError:
        return None
