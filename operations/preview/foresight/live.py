"""What the running environment adds to the plan: pods where they are, its registry, its version.

It deliberately only reads; where there is no environment yet, or it does not answer, the plan alone has to do.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import yaml
from pydantic import Field, ValidationError

from operations import pulumi_cli
from operations.failure import OperationFailedError
from operations.health.kubernetes_api import KubernetesApi, parse_kubeconfig
from operations.health.outputs import Registry  # noqa: TC001 - pydantic reads the annotations at run time
from operations.health.target import Contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.session import Session

TIMEOUT_SECONDS = 5.0


class Access(Contract):
    """The outputs that foresight reads."""

    kubeconfig: str = Field(repr=False)
    registry: Registry


@dataclass(frozen=True)
class Live:
    """A running environment, as far as it could be asked."""

    access: Access | None = None
    has_cluster: bool = False
    pods: Sequence[dict[str, Any]] = ()
    version: str = ""
    """Of the API server, such as v1.36.3."""
    silent: tuple[str, ...] = field(default=())
    """What could not be asked, and why."""


def read_live(session: Session) -> Live:
    """Ask the environment; without one, or without an answer, say so."""
    access = read_access(session)
    if access is None:
        return Live(silent=("The cluster is not there yet: pods are counted by the plan alone.",))
    try:
        return asyncio.run(_ask(access))
    # Whatever the reason, a preview goes on without.
    except (httpx.HTTPError, OperationFailedError, OSError, ValueError) as error:
        reason = f"The cluster does not answer ({type(error).__name__}): pods are counted by the plan alone."
        return Live(access=access, silent=(reason,))


def read_access(session: Session) -> Access | None:
    """Return the outputs of the stack; None when there are none, or not these."""
    arguments = ("stack", "output", "--json", "--show-secrets", "--stack", session.environment)
    try:
        return Access.model_validate(json.loads(pulumi_cli.capture(session, *arguments, private=True)))
    except (pulumi_cli.PulumiFailedError, ValidationError, ValueError):
        return None


async def _ask(access: Access) -> Live:
    api = KubernetesApi(parse_kubeconfig(access.kubeconfig), timeout_seconds=TIMEOUT_SECONDS)
    pods, version = await asyncio.gather(api.items("/api/v1/pods"), api.get("/version"))
    return Live(access, has_cluster=True, pods=pods, version=str(version.json().get("gitVersion", "")))


def client_certificate(access: Access) -> str | None:
    """Return the certificate by which the kubeconfig logs in; None when it does so in another way."""
    try:
        return parse_kubeconfig(access.kubeconfig).certificate_pem
    except (OperationFailedError, yaml.YAMLError):
        return None
