"""The resource type ``slipway:aws:TargetAttachment``: one machine in a target group.

Registered is not healthy: a machine is attached before anything on it answers, so its health is nobody's wait here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from plugins.rpc.schema import INTEGER, STRING
from plugins.slipway.aws.elb_resource import port_problem
from plugins.slipway.aws.lookup import looked_up
from plugins.slipway.aws.resource import AwsResource

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

_ABSENT: Final = "Target.NotRegistered"
_DRAINING: Final = "draining"
_WITHOUT_CONNECTIONS: Final = {"unhealthy", "unused"}
"""States in which AWS has ended its connections: one that may still have some is "unhealthy.draining". AWS calls these
draining for the whole delay all the same."""
_DELAY: Final = "deregistration_delay.timeout_seconds"
_LONGEST_DELAY: Final = 3600
_GRACE_SECONDS: Final = 60
"""How long after the delay AWS may still call a target draining."""
_ID: Final = re.compile(r"(?P<group>arn:[^|]+)\|(?P<target>[^|]+)\|(?P<port>\d+)")


class TargetAttachment(AwsResource):
    """One machine, by id or address, on one port. Its id is ``group|target|port``."""

    noun = "TargetAttachment"
    inputs: ClassVar = {
        "targetGroupArn": STRING.needed.forces,
        "targetId": STRING.needed.forces,
        "port": INTEGER.needed.forces.judged_by(port_problem),
    }

    async def make(self, api: Api, wanted: Properties) -> str:
        """Register it; to do so twice is to do so once."""
        target = {"Id": wanted["targetId"], "Port": wanted["port"]}
        await api.call("elbv2", "register_targets", TargetGroupArn=wanted["targetGroupArn"], Targets=[target])
        return f"{wanted['targetGroupArn']}|{wanted['targetId']}|{wanted['port']}"

    async def made_before(self, api: Api) -> str | None:
        """Nothing is lost: the registration is simply sent again."""
        del api
        return None

    async def ready(self, api: Api, id: str) -> None:  # noqa: A002
        """Wait until the group knows it."""

        async def known() -> bool | None:
            health = await _health(api, id)
            return True if health and health["State"] != _DRAINING else None

        await api.wait("the target to be registered", known)

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look for it in its group; one that drains is as good as gone."""
        health = await _health(api, id)
        if health is None or health["State"] == _DRAINING:
            return None
        group, target = _parts(id)
        return {"targetGroupArn": group, "targetId": target["Id"], "port": target["Port"]}

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Take it out of the group, unless somebody has, and wait until the connections that it has have ended."""
        del state
        group, target = _parts(id)
        health = await _health(api, id)
        if health is None:
            return
        await api.call("elbv2", "deregister_targets", TargetGroupArn=group, Targets=[target])
        if health["State"] not in _WITHOUT_CONNECTIONS:
            await _drained(api, id)


async def _drained(api: Api, id: str) -> None:  # noqa: A002
    """Wait until AWS calls it draining no more, for as long as the group gives connections."""
    group, _ = _parts(id)

    async def drained() -> bool | None:
        health = await _health(api, id)
        return None if health and health["State"] == _DRAINING else True

    listed = await api.listed("elbv2", "describe_target_group_attributes", "Attributes", TargetGroupArn=group)
    delay = {item["Key"]: item["Value"] for item in listed}.get(_DELAY, _LONGEST_DELAY)
    await api.wait("its connections to end", drained, int(delay) + _GRACE_SECONDS)


async def _health(api: Api, id: str) -> dict[str, Any] | None:  # noqa: A002
    """Return state and reason; None when group or target is not there."""
    group, target = _parts(id)
    answer = await looked_up(api, "elbv2", "describe_target_health", TargetGroupArn=group, Targets=[target])
    told = [item["TargetHealth"] for item in (answer or {}).get("TargetHealthDescriptions", [])]
    found: dict[str, Any] | None = told[0] if told else None
    return None if found is None or found.get("Reason") == _ABSENT else found


def _parts(id: str) -> tuple[str, dict[str, Any]]:  # noqa: A002
    found = _ID.fullmatch(id)
    if found is None:
        raise ValueError(f"'{id}' is no TargetAttachment; expected ARN-OF-THE-GROUP|TARGET|PORT")
    return found["group"], {"Id": found["target"], "Port": int(found["port"])}
