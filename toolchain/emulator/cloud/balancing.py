"""What AWS does in Elastic Load Balancing and ministack leaves out: the health of targets, and draining.

It deliberately leaves all other actions, and who is registered where, to ministack.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from toolchain.emulator.cloud import ministack_internals as ministack
from toolchain.emulator.cloud.ministack_internals import first

if TYPE_CHECKING:
    from collections.abc import Callable

    from toolchain.emulator.cloud.ministack_internals import Action, Answer, Parameters

    Key = tuple[str, str, int]
    """Target group, target, port."""

DRAINING = "draining"


class Draining:
    """Targets that were taken out and still have connections."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._until: dict[Key, float] = {}
        self._clock = clock

    def begin(self, key: Key, seconds: float) -> None:
        """Remember a target for so long."""
        self._until[key] = self._clock() + seconds

    def end(self, key: Key) -> None:
        """Forget a target that was registered again."""
        self._until.pop(key, None)

    def of(self, group: str) -> list[Key]:
        """Return those of a group that are still draining."""
        self._until = {key: until for key, until in self._until.items() if until > self._clock()}
        return [key for key in self._until if key[0] == group]


def complete(health_of: Callable[[str], dict[tuple[str, int], str]]) -> None:
    """Put the missing parts around ministack's actions.

    Args:
        health_of: Target group -> (target, port) -> state; a target that is absent takes no connections at all.
    """
    actions, draining = ministack.elb_actions, Draining()
    actions["RegisterTargets"] = _registering(actions["RegisterTargets"], draining)
    actions["DeregisterTargets"] = _deregistering(actions["DeregisterTargets"], draining)
    actions["DescribeTargetHealth"] = _describing(actions["DescribeTargetHealth"], draining, health_of)


def _registering(register: Action, draining: Draining) -> Action:
    def act(parameters: Parameters) -> Answer:
        answer = register(parameters)
        for key in _keys(parameters):
            draining.end(key)
        return answer

    return act


def _deregistering(deregister: Action, draining: Draining) -> Action:
    def act(parameters: Parameters) -> Answer:
        group = first(parameters, "TargetGroupArn")
        before = {key for key in _keys(parameters) if _is_registered(key)}
        answer = deregister(parameters)
        # Nobody has a connection through a group that no listener leads to.
        if has_listener(group):
            for key in before:
                draining.begin(key, float(group_attribute(group, "deregistration_delay.timeout_seconds", "300")))
        return answer

    return act


def _describing(describe: Action, draining: Draining, health_of: Callable[[str], dict[tuple[str, int], str]]) -> Action:
    def act(parameters: Parameters) -> Answer:
        group = first(parameters, "TargetGroupArn")
        if group not in ministack.target_groups:
            return describe(parameters)
        states = {(group, *target): "initial" for target in registered(group)}
        states.update(
            {(group, *target): state for target, state in health_of(group).items() if (group, *target) in states}
        )
        states.update({key: "unused" for key in states if not has_listener(group) or _has_ended(key)})
        states.update(dict.fromkeys(draining.of(group), DRAINING))
        if wanted := _keys(parameters):
            states = {key: states.get(key, "unused") for key in wanted}
        members = "".join(_member(key, state) for key, state in states.items())
        return ministack.elb_answer(
            200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
        )

    return act


def registered(group: str) -> list[tuple[str, int]]:
    """Return target and port of everything that is registered with a group."""
    port = ministack.target_groups[group]["Port"]
    return [(target["Id"], int(target.get("Port") or port)) for target in ministack.targets.get(group) or ()]


def has_listener(group: str) -> bool:
    """Tell whether a listener leads to a group."""
    return any(
        action.get("TargetGroupArn") == group
        for listener in list(ministack.listeners.values())
        for action in listener["DefaultActions"]
    )


def group_attribute(group: str, name: str, default: str) -> str:
    """Return an attribute of a target group."""
    found = [item["Value"] for item in ministack.target_group_attributes.get(group) or () if item["Key"] == name]
    return str(found[0]) if found else default


def _has_ended(key: Key) -> bool:
    if ministack.target_groups[key[0]]["TargetType"] != "instance":
        return False
    instance = ministack.instances.get(key[1])
    return instance is None or instance["State"]["Name"] != "running"


def _is_registered(key: Key) -> bool:
    return key[0] in ministack.target_groups and key[1:] in registered(key[0])


def _keys(parameters: Parameters) -> list[Key]:
    group = first(parameters, "TargetGroupArn")
    port = (ministack.target_groups.get(group) or {}).get("Port", 0)
    numbers = sorted(
        int(match.group(1)) for name in parameters if (match := re.fullmatch(r"Targets\.member\.(\d+)\.Id", name))
    )
    return [
        (
            group,
            first(parameters, f"Targets.member.{number}.Id"),
            int(first(parameters, f"Targets.member.{number}.Port") or port),
        )
        for number in numbers
    ]


def _member(key: Key, state: str) -> str:
    reasons = {
        "initial": "Elb.InitialHealthChecking",
        "unhealthy": "Target.FailedHealthChecks",
        DRAINING: "Target.DeregistrationInProgress",
        "unused": "Target.NotInUse" if _is_registered(key) else "Target.NotRegistered",
    }
    reason = f"<Reason>{reasons[state]}</Reason>" if state in reasons else ""
    return (
        f"<member><Target><Id>{escape(key[1])}</Id><Port>{key[2]}</Port></Target>"
        f"<TargetHealth><State>{state}</State>{reason}</TargetHealth></member>"
    )
