"""The resource type ``slipway:aws:Listener``.

It sends what comes in on one port of a load balancer to one target group.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from plugins.rpc.schema import INTEGER, STRING
from plugins.slipway.aws import tags
from plugins.slipway.aws.elb_resource import PROTOCOL, ElbResource, port_problem
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api


class Listener(ElbResource):
    """One port of a load balancer."""

    noun = "Listener"
    listing = ("describe_listeners", "Listeners", "", "ListenerArn")
    inputs: ClassVar = {
        **TAGGED,
        "loadBalancerArn": STRING.needed.forces,
        "port": INTEGER.needed.judged_by(port_problem),
        "protocol": PROTOCOL,
        "targetGroupArn": STRING.needed,
    }
    outputs = ("arn",)

    def deletes_first(self, old: Properties, new: Properties) -> bool:
        """No load balancer listens twice on one port."""
        return bool(all(old.get(key) == new.get(key) for key in ("loadBalancerArn", "port")))

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the listener; for a request that it had before AWS answers with the same one."""
        answer = await api.call(
            "elbv2",
            "create_listener",
            LoadBalancerArn=wanted["loadBalancerArn"],
            Tags=tags.to_api(wanted["tags"], api.token),
            **_settings(wanted),
        )
        return str(answer["Listeners"][0]["ListenerArn"])

    async def made_before(self, api: Api) -> str | None:
        """Find it by its mark, at whatever load balancer it is."""
        for balancer in await api.listed("elbv2", "describe_load_balancers", "LoadBalancers"):
            arn = balancer["LoadBalancerArn"]
            for listener in await api.listed("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=arn):
                found = listener["ListenerArn"]
                told = await api.first("elbv2", "describe_tags", "TagDescriptions", ResourceArns=[found])
                if {"Key": tags.CREATION, "Value": api.token} in (told or {}).get("Tags", []):
                    return str(found)
        return None

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the listener."""
        found = await self.look(api, id)
        if found is None:
            return None
        groups = [action["TargetGroupArn"] for action in found["DefaultActions"] if action.get("TargetGroupArn")]
        return {
            "loadBalancerArn": found["LoadBalancerArn"],
            "port": found["Port"],
            "protocol": found["Protocol"],
            "targetGroupArn": groups[0] if groups else None,
            "tags": await self.tags_of(api, id),
            "arn": found["ListenerArn"],
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Set everything at once."""
        if any(seen[key] != wanted[key] for key in ("port", "protocol", "targetGroupArn")):
            await api.call("elbv2", "modify_listener", ListenerArn=id, **_settings(wanted))

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the listener; connections that are there go on."""
        del state
        await api.call("elbv2", "delete_listener", ListenerArn=id)


def _settings(wanted: Properties) -> dict[str, Any]:
    return {
        "Port": wanted["port"],
        "Protocol": wanted["protocol"],
        "DefaultActions": [{"Type": "forward", "TargetGroupArn": wanted["targetGroupArn"]}],
    }
