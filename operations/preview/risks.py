"""What an update takes away that does not come back by itself: machines, and data.

It deliberately names everything of that kind, also what a person intends: the page shows it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.preview.plan import Plan, Planned

MACHINE: Final = "docker:index/container:Container"
GONE: Final = frozenset({"replace", "delete"})
# What is lost with a resource of a type, by the end of its token.
DATA: Final[dict[str, str]] = {
    "docker:index/volume:Volume": "everything on it",
    ":PersistentVolume": "the volume's place in the cluster; with it the pods that need it",
    ":PersistentVolumeClaim": "the claim on its volume",
    ":StatefulSet": "its pods at once; their volumes only if the claims go as well",
    ":Namespace": "every object in it, Secrets and claims included",
    ":CustomResourceDefinition": "every object of that kind",
    "slipway:index:CertificateAuthority": "the authority; nothing that it issued is trusted any more",
}
# One that is deleted goes with what it was for; one that is made anew is a surprise to whoever knew the old one.
RENEWED: Final[dict[str, str]] = {
    "slipway:index:Password": "the password; whatever stored the old one must be told the new one",
    "slipway:index:SshKey": "the key; machines that know only the old one let nobody in",
}


class Risk(BaseModel):
    """One thing that is taken away."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    kind: Literal["machine", "data"]
    name: str
    type: str
    action: str
    loses: str
    because: list[str]
    """The properties that make it necessary; empty when it is no longer declared."""


def risks(plan: Plan) -> list[Risk]:
    """Return all risks, machines first."""
    found = [risk for each in plan.resources if each.action in GONE for risk in _risks_of(each)]
    return sorted(found, key=lambda risk: (risk.kind != "machine", risk.name))


def _risks_of(each: Planned) -> Iterator[Risk]:
    because = [difference.path for difference in each.differences if difference.kind.endswith("replace")]
    what: dict[str, Any] = {"name": each.name, "type": each.type, "action": each.action, "because": because}
    if each.type == MACHINE:
        kept = _kept_volumes(each)
        loses = f"its disk, but for the volumes {', '.join(kept)}" if kept else "its disk"
        yield Risk(kind="machine", loses=loses, **what)
    for end, loses in {**DATA, **(RENEWED if each.action == "replace" else {})}.items():
        if each.type == end or (end.startswith(":") and each.type.endswith(end)):
            yield Risk(kind="data", loses=loses, **what)


def _kept_volumes(machine: Planned) -> list[str]:
    volumes = machine.old.get("volumes") or machine.new.get("volumes") or []
    return [str(volume["volumeName"]) for volume in volumes if isinstance(volume, dict) and volume.get("volumeName")]
