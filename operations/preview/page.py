"""The page of a preview as data: the order of its parts is the order in which people must see them.

It deliberately holds no secret and nothing that changes between two previews of the same change, but their duration.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from operations.preview.cost.estimate import CostEstimate, estimate
from operations.preview.finding import Finding  # noqa: TC001 - pydantic reads the annotations at run time
from operations.preview.layers import LAYERS, layer_of
from operations.preview.risks import Risk, risks
from operations.preview.values import shown, value_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.preview.plan import Difference, Plan, Planned

ACTIONS = ("replace", "delete", "update", "create")
"""Worst first."""


class Part(BaseModel):
    """A part of the page; camelCase in JSON."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class PropertyChange(Part):
    """One property that changes."""

    path: str
    before: str
    after: str
    replaces: bool = False
    """Whether the resource is replaced because of it."""


class Change(Part):
    """One resource that changes."""

    action: str
    name: str
    type: str
    urn: str
    properties: list[PropertyChange] = Field(default_factory=list)


class LayerChanges(Part):
    """All changes of one layer."""

    layer: str
    changes: list[Change]


class TaskChange(Part):
    """What one task would change on a host."""

    task: str
    subject: str = ""
    diff: str = ""


class HostRun(Part):
    """The check run of a playbook on one host."""

    host: str
    run: str
    playbook: str
    changes: list[TaskChange] = Field(default_factory=list)
    reason: str = ""
    """Why the check run is missing or not complete."""


class PolicyFindingPart(Part):
    """One finding of a policy pack."""

    rule: str
    severity: str
    resource: str
    text: str
    why: str


class Message(Part):
    """A warning or an error that the engine passed on."""

    severity: str
    text: str
    resource: str


class Page(Part):
    """One preview."""

    environment: str
    complete: bool
    exit_code: int
    counts: dict[str, int]
    risks: list[Risk]
    foresight: list[Finding]
    not_foreseen: list[str]
    """Checks of foresight that could not be made, and why."""
    policies: list[PolicyFindingPart]
    messages: list[Message]
    layers: list[LayerChanges]
    hosts: list[HostRun]
    cost: CostEstimate | None = None
    """What the environment costs a month; None where nothing of it is in a cloud that has a price table."""
    seconds: float

    @property
    def alike(self) -> list[tuple[str, HostRun]]:
        """Names of the hosts on which a playbook would do the same, and what that is."""
        groups: dict[str, tuple[list[str], HostRun]] = {}
        for run in self.hosts:
            key = run.model_dump_json(include={"playbook", "changes", "reason"})
            groups.setdefault(key, ([], run))[0].append(run.host)
        return [(", ".join(names), run) for names, run in groups.values()]


def make_page(
    environment: str,
    plan: Plan,
    *,
    exit_code: int,
    foresight: Sequence[Finding] = (),
    not_foreseen: Sequence[str] = (),
    region: str | None = None,
) -> Page:
    """Return the page of a plan; `region` is that of AWS where a provider names none."""
    real = [each for each in plan.resources if each.custom]
    counts = {action: sum(1 for each in real if each.action == action) for action in (*ACTIONS, "same")}
    return Page(
        environment=environment,
        complete=plan.complete,
        exit_code=exit_code,
        counts=counts,
        risks=risks(plan),
        foresight=list(foresight),
        not_foreseen=list(not_foreseen),
        policies=[_policy(each) for each in plan.policies],
        messages=[
            Message(severity=each.severity, text=each.text, resource=each.urn.rpartition("::")[2])
            for each in plan.diagnostics
        ],
        layers=[part for layer in LAYERS if (part := _layer(layer, real)).changes],
        hosts=sorted(
            (run for each in plan.resources for run in _host_runs(each)), key=lambda run: (run.playbook, run.host)
        ),
        cost=estimate(plan, default_region=region),
        seconds=plan.seconds,
    )


def _policy(each: Any) -> PolicyFindingPart:  # noqa: ANN401 - a PolicyFinding; the name would be taken twice
    name = each.urn.rpartition("::")[2]
    return PolicyFindingPart(rule=each.rule, severity=each.severity, resource=name, text=each.text, why=each.why)


def _layer(layer: str, resources: Sequence[Planned]) -> LayerChanges:
    changed = [each for each in resources if each.is_changed and layer_of(each) == layer]
    ordered = sorted(changed, key=lambda each: (ACTIONS.index(each.action), each.type, each.name))
    return LayerChanges(layer=layer, changes=[_change(each) for each in ordered])


def _change(each: Planned) -> Change:
    return Change(
        action=each.action,
        name=each.name,
        type=each.type,
        urn=each.urn,
        properties=[_property(each, difference) for difference in each.differences],
    )


def _property(each: Planned, difference: Difference) -> PropertyChange:
    path = difference.path
    before, after = (_value(inputs, outputs, path) for inputs, outputs in _sides(each))
    return PropertyChange(
        path=path,
        before=_shown(each, before, path),
        after=_shown(each, after, path),
        replaces=difference.kind.endswith("replace"),
    )


def _sides(each: Planned) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    return (each.old, each.old_outputs), (each.new, each.new_outputs)


def _value(inputs: Any, outputs: Any, path: str) -> Any:  # noqa: ANN401 - property values are dynamic
    found = value_at(inputs, path)
    return found if found is not None else value_at(outputs, path)


def _shown(each: Planned, value: Any, path: str) -> str:  # noqa: ANN401 - likewise
    # All of a Secret's content is secret, whatever the program said of it.
    hidden = each.type.endswith(":Secret") and path.startswith(("data", "stringData"))
    return shown(value, "secret" if hidden else path)


def _host_runs(each: Planned) -> list[HostRun]:
    check = each.new_outputs.get("checkRun")
    if not isinstance(check, dict):
        return []
    playbook, hosts, reason = str(each.new.get("playbook")), check.get("hosts") or {}, str(check.get("reason") or "")
    names = [str(host.get("name")) for host in each.new.get("hosts") or [] if isinstance(host, dict)]
    return [
        HostRun(
            host=name,
            run=each.name,
            playbook=playbook,
            changes=[TaskChange(**change) for change in hosts.get(name) or []],
            reason=reason,
        )
        for name in names
    ]
