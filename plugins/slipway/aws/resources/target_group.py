"""The resource type ``slipway:aws:TargetGroup``.

Which machines are in it is said by ``TargetAttachment``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from plugins.rpc.schema import BOOLEAN, INTEGER, STRING, object_of
from plugins.slipway.aws import tags
from plugins.slipway.aws.elb_resource import PROTOCOL, ElbResource, attributes, port_problem
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

_DELAY: Final = "deregistration_delay.timeout_seconds"
_CLIENT_IP: Final = "preserve_client_ip.enabled"
_CUTS: Final = "target_health_state.unhealthy.connection_termination.enabled"
_CUTS_AFTER: Final = "target_health_state.unhealthy.draining_interval_seconds"
_LONGEST_DELAY: Final = 3600
_LONGEST_INTERVAL: Final = 360_000
_HEALTH_DEFAULTS: Final = {
    "protocol": "TCP",
    "port": "traffic-port",
    "intervalSeconds": 30,
    "healthyThreshold": 3,
    "unhealthyThreshold": 3,
}
# Our fields and the API's, the same in requests and answers.
_HEALTH: Final = {
    "protocol": "HealthCheckProtocol",
    "port": "HealthCheckPort",
    "path": "HealthCheckPath",
    "intervalSeconds": "HealthCheckIntervalSeconds",
    "healthyThreshold": "HealthyThresholdCount",
    "unhealthyThreshold": "UnhealthyThresholdCount",
}


def _delay_problem(seconds: int) -> str:
    return "" if 0 <= seconds <= _LONGEST_DELAY else f"between 0 and {_LONGEST_DELAY} seconds"


def _draining_problem(seconds: int) -> str:
    return "" if 0 <= seconds <= _LONGEST_INTERVAL else f"between 0 and {_LONGEST_INTERVAL} seconds"


def _threshold_problem(checks: int) -> str:
    return "" if 2 <= checks <= 10 else "between 2 and 10"  # noqa: PLR2004 - limits of the API


def _interval_problem(seconds: int) -> str:
    return "" if 5 <= seconds <= 300 else "between 5 and 300 seconds"  # noqa: PLR2004 - likewise


class TargetGroup(ElbResource):
    """Machines that a load balancer sends connections to, and how it finds out which of them are well."""

    noun = "TargetGroup"
    listing = ("describe_target_groups", "TargetGroups", "TargetGroupName", "TargetGroupArn")
    inputs: ClassVar = {
        **TAGGED,
        "port": INTEGER.needed.forces.judged_by(port_problem),
        "protocol": PROTOCOL.forces,
        "vpcId": STRING.needed.forces,
        "targetType": STRING.one_of("instance", "ip").by_default("instance").forces,
        "healthCheck": object_of(
            protocol=STRING.one_of("TCP", "HTTP", "HTTPS").by_default("TCP"),
            port=STRING.matching(r"traffic-port|\d{1,5}", "a port, or traffic-port").by_default("traffic-port"),
            path=STRING.matching(r"/\S*", "a path that begins with /"),
            intervalSeconds=INTEGER.by_default(30).judged_by(_interval_problem),
            healthyThreshold=INTEGER.by_default(3).judged_by(_threshold_problem),
            unhealthyThreshold=INTEGER.by_default(3).judged_by(_threshold_problem),
        ).by_default(_HEALTH_DEFAULTS),
        "deregistrationDelaySeconds": INTEGER.by_default(30).judged_by(_delay_problem),
        "preserveClientIp": BOOLEAN.by_default(True),
        "unhealthyDrainingSeconds": INTEGER.by_default(0).judged_by(_draining_problem),
    }
    outputs = ("arn", "targetGroupName")

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the group; its attributes can only be set once it is there."""
        return await self.made_once(
            api,
            "create_target_group",
            Name=self.physical_name(api, wanted),
            Port=wanted["port"],
            Protocol=wanted["protocol"],
            VpcId=wanted["vpcId"],
            TargetType=wanted["targetType"],
            Tags=tags.to_api(wanted["tags"], api.token),
            **_health(wanted["healthCheck"]),
        )

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the group and its attributes."""
        found = await self.look(api, id)
        if found is None:
            return None
        listed = await api.listed("elbv2", "describe_target_group_attributes", "Attributes", TargetGroupArn=id)
        set_to = {item["Key"]: item["Value"] for item in listed}
        health = {key: found[name] for key, name in _HEALTH.items() if found.get(name) is not None}
        if health.get("protocol") == "TCP":
            health.pop("path", None)  # means nothing there, yet some answers have one
        return {
            "port": found["Port"],
            "protocol": found["Protocol"],
            "vpcId": found["VpcId"],
            "targetType": found["TargetType"],
            "healthCheck": health,
            "deregistrationDelaySeconds": int(set_to.get(_DELAY, _LONGEST_DELAY)),
            # AWS's own default differs by the type of target.
            "preserveClientIp": set_to.get(_CLIENT_IP, str(found["TargetType"] == "instance").lower()) == "true",
            # The interval only counts where connections are not cut at once.
            "unhealthyDrainingSeconds": 0 if set_to.get(_CUTS, "true") == "true" else int(set_to.get(_CUTS_AFTER, 0)),
            "tags": await self.tags_of(api, id),
            "arn": found["TargetGroupArn"],
            "targetGroupName": found["TargetGroupName"],
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Set the health check and the attributes, each only where it differs."""
        if seen["healthCheck"] != wanted["healthCheck"]:
            await api.call("elbv2", "modify_target_group", TargetGroupArn=id, **_health(wanted["healthCheck"]))
        now = _attributes(seen)
        if changed := {key: value for key, value in _attributes(wanted).items() if value != now.get(key)}:
            await api.call("elbv2", "modify_target_group_attributes", TargetGroupArn=id, Attributes=attributes(changed))

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the group; AWS refuses while a listener sends to it."""
        del state
        await api.call("elbv2", "delete_target_group", TargetGroupArn=id)

    async def blockers(self, api: Api, id: str) -> list[str]:  # noqa: A002
        """Name the load balancers whose listeners send to it."""
        found = await self.look(api, id)
        return [f"listener of {arn}" for arn in (found or {}).get("LoadBalancerArns", [])]


def _attributes(group: Properties) -> dict[str, Any]:
    seconds = group["unhealthyDrainingSeconds"]
    # AWS takes an interval only where connections are not cut at once.
    draining = {_CUTS: False, _CUTS_AFTER: seconds} if seconds else {_CUTS: True}
    return {_DELAY: group["deregistrationDelaySeconds"], _CLIENT_IP: group["preserveClientIp"], **draining}


def _health(check: dict[str, Any]) -> dict[str, Any]:
    return {_HEALTH[key]: value for key, value in check.items() if value is not None}
