"""Conditions of one Kubernetes object, such as a Gateway that is Programmed or a route that is Accepted.

It deliberately takes a controller at its word, but not for an earlier generation of the object than there is now.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext


class ConditionTarget(Target):
    """One object."""

    kind: Literal["condition"]
    api_version: str
    """Such as `v1` or `gateway.networking.k8s.io/v1`."""
    resource: str
    """Plural, as in paths: `gateways`."""
    object: str
    """Name of the object."""
    namespace: str | None = None
    conditions: tuple[str, ...]
    """Types of conditions that must be True."""

    @property
    def path(self) -> str:
        """Where the API server has the object."""
        root = "/api" if "/" not in self.api_version else "/apis"
        inside = f"/namespaces/{self.namespace}" if self.namespace else ""
        return f"{root}/{self.api_version}{inside}/{self.resource}/{self.object}"

    async def probe(self, context: ProbeContext) -> Finding:
        """Read the object and judge."""
        response = await context.api.get(self.path)
        if response.status_code != HTTPStatus.OK:
            return Finding(healthy=False, detail=f"{self.resource}/{self.object}: HTTP {response.status_code}")
        return evaluate(response.json(), self)


def evaluate(found: dict[str, Any], target: ConditionTarget) -> Finding:
    """Judge an object's conditions; a route has some for each gateway that it hangs on."""
    status, generation = found.get("status", {}), found["metadata"].get("generation", 0)
    groups = [parent.get("conditions", ()) for parent in status["parents"]] if "parents" in status else None
    if groups == []:
        return Finding(healthy=False, detail="no gateway has accepted or refused it")
    problems = [
        problem
        for conditions in groups or [status.get("conditions", ())]
        for wanted in target.conditions
        if (problem := _problem(conditions, wanted, generation))
    ]
    return Finding(healthy=not problems, detail="; ".join(problems) or ", ".join(target.conditions))


def _problem(conditions: list[dict[str, Any]], wanted: str, generation: int) -> str | None:
    condition = next((each for each in conditions if each["type"] == wanted), None)
    if condition is None:
        return f"says nothing of {wanted}"
    if condition.get("observedGeneration", generation) < generation:
        return f"{wanted} is about an earlier generation of it"
    if condition["status"] != "True":
        reason = ": ".join(part for part in (condition.get("reason"), condition.get("message")) if part)
        return f"{wanted} is {condition['status']} ({reason or 'no reason given'})"
    return None
