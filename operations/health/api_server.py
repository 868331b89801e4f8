"""The API server's own readiness, check by check (https://kubernetes.io/docs/reference/using-api/health-checks/).

It deliberately asks nothing of the objects in the cluster.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext

FAILED = re.compile(r"^\[-\](\S+)", re.MULTILINE)
PASSED = re.compile(r"^\[\+\](\S+)", re.MULTILINE)


class ApiServerTarget(Target):
    """The API server that the kubeconfig names."""

    kind: Literal["apiServer"]

    async def probe(self, context: ProbeContext) -> Finding:
        """Ask `/readyz?verbose`."""
        response = await context.api.get("/readyz?verbose")
        return evaluate(response.status_code, response.text)


def evaluate(status: int, body: str) -> Finding:
    """Judge the answer of `/readyz?verbose`."""
    failed = FAILED.findall(body)
    if status == HTTPStatus.OK and not failed:
        return Finding(healthy=True, detail=f"ready, {len(PASSED.findall(body))} checks passed")
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return Finding(healthy=False, detail=f"refuses the kubeconfig's user (HTTP {status})")
    reason = f"failed: {', '.join(failed)}" if failed else f"answered {body[:100]!r}"
    return Finding(healthy=False, detail=f"not ready (HTTP {status}), {reason}")
