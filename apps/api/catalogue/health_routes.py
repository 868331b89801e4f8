"""Health endpoints for the kubelet's probes.

They are deliberately three different questions: a missing database makes a replica unready, never restarted.
"""

from http import HTTPStatus
from typing import Literal

import pymongo
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from pymongo.errors import PyMongoError

PING_SECONDS = 1.5

router = APIRouter(prefix="/health", tags=["health"])


class Health(BaseModel):
    """Answer to a probe."""

    status: Literal["ok", "not-ready"]
    because: str


@router.get("/live", summary="Is the process able to answer?")
async def live() -> Health:
    """Never touches the database: restarting this process cannot repair that one."""
    return Health(status="ok", because="the process answers")


@router.get("/startup", summary="Has the process started?")
async def startup() -> Health:
    """As soon as settings and credentials were read; the database may still be on its way."""
    return Health(status="ok", because="settings were read")


@router.get("/ready", summary="Should this replica get requests?", responses={503: {"model": Health}})
async def ready(request: Request, response: Response) -> Health:
    """Only when the database answers, its indexes are there, and the process is not about to stop."""
    because = await _unready_because(request)
    if because is None:
        return Health(status="ok", because="the database answers")
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    return Health(status="not-ready", because=because)


async def _unready_because(request: Request) -> str | None:
    state = request.app.state
    if state.drain.started:
        return "the process is about to stop"
    if not state.preparation.done:
        return "the database was not reached yet"
    try:
        with pymongo.timeout(PING_SECONDS):
            await state.client.admin.command("ping")
    except PyMongoError:
        return f"the database did not answer within {PING_SECONDS} s"
    return None
