"""The resource type ``slipway:aws:NetworkLoadBalancer``.

What it listens on and where it sends that is said by ``Listener`` and ``TargetGroup``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from plugins.rpc.change import ChangeKind, PropertyChange
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.schema import BOOLEAN, STRING, set_of
from plugins.rpc.values import UNKNOWN, reveal
from plugins.slipway.aws import tags
from plugins.slipway.aws.elb_resource import ElbResource, attributes
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, DiffResult, Properties
    from plugins.slipway.aws.api import Api

_CROSS_ZONE = "load_balancing.cross_zone.enabled"
_PROTECTION = "deletion_protection.enabled"


class NetworkLoadBalancer(ElbResource):
    """One address for many machines, at the level of connections."""

    noun = "NetworkLoadBalancer"
    listing = ("describe_load_balancers", "LoadBalancers", "LoadBalancerName", "LoadBalancerArn")
    inputs: ClassVar = {
        **TAGGED,
        "internal": BOOLEAN.by_default(False).forces,
        "subnetIds": set_of(STRING).needed,
        "securityGroupIds": set_of(STRING),
        "crossZone": BOOLEAN.by_default(True),
        "deletionProtection": BOOLEAN.by_default(False),
    }
    outputs = ("arn", "dnsName", "zoneId", "loadBalancerName")
    limit_seconds = 600  # AWS takes two to four minutes

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Replace it also where groups come or go altogether: AWS allows them only from the beginning."""
        found = await super().diff(ctx, id, old_inputs, old_state, news)
        before, after = (reveal(inputs).get("securityGroupIds") for inputs in (old_inputs, news))
        if UNKNOWN in (before, after) or bool(before) == bool(after):
            return found
        change = PropertyChange((ChangeKind.ADD if after else ChangeKind.DELETE).replacing)
        kept = {path: each for path, each in found.detailed.items() if not path.startswith("securityGroupIds")}
        return replace(
            found, replaces=[*found.replaces, "securityGroupIds"], detailed={**kept, "securityGroupIds": change}
        )

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the load balancer; its attributes can only be set once it is there."""
        return await self.made_once(
            api,
            "create_load_balancer",
            Name=self.physical_name(api, wanted),
            Type="network",
            Scheme="internal" if wanted["internal"] else "internet-facing",
            Subnets=wanted["subnetIds"],
            SecurityGroups=wanted.get("securityGroupIds") or None,
            Tags=tags.to_api(wanted["tags"], api.token),
        )

    async def ready(self, api: Api, id: str) -> None:  # noqa: A002
        """Wait until it is active."""

        async def active() -> bool | None:
            found = await self.look(api, id)
            state = found["State"] if found else {}
            if state.get("Code") == "failed":
                raise ResourceFailed(f"{api.who}: AWS could not make it: {state.get('Reason', 'no reason given')}.")
            return True if state.get("Code") in {"active", "active_impaired"} else None

        await api.wait("the load balancer to be active", active)

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the load balancer and its attributes."""
        found = await self.look(api, id)
        if found is None:
            return None
        listed = await api.listed("elbv2", "describe_load_balancer_attributes", "Attributes", LoadBalancerArn=id)
        set_to = {item["Key"]: item["Value"] for item in listed}
        return {
            "internal": found["Scheme"] == "internal",
            "subnetIds": sorted(zone["SubnetId"] for zone in found["AvailabilityZones"]),
            "securityGroupIds": sorted(found.get("SecurityGroups") or []),
            "crossZone": set_to.get(_CROSS_ZONE) == "true",
            "deletionProtection": set_to.get(_PROTECTION) == "true",
            "tags": await self.tags_of(api, id),
            "arn": found["LoadBalancerArn"],
            "dnsName": found["DNSName"],
            "zoneId": found.get("CanonicalHostedZoneId", ""),
            "loadBalancerName": found["LoadBalancerName"],
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Set attributes, subnets and groups, each only where it differs."""
        if any(seen[key] != wanted[key] for key in ("crossZone", "deletionProtection")):
            set_to = {_CROSS_ZONE: wanted["crossZone"], _PROTECTION: wanted["deletionProtection"]}
            await api.call(
                "elbv2", "modify_load_balancer_attributes", LoadBalancerArn=id, Attributes=attributes(set_to)
            )
        if seen["subnetIds"] != sorted(wanted["subnetIds"]):
            await api.call("elbv2", "set_subnets", LoadBalancerArn=id, Subnets=wanted["subnetIds"])
        groups = wanted.get("securityGroupIds") or []
        if groups and seen["securityGroupIds"] != sorted(groups):
            await api.call("elbv2", "set_security_groups", LoadBalancerArn=id, SecurityGroups=groups)

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove it with its listeners; AWS refuses while deletionProtection is on."""
        if state.get("deletionProtection"):
            raise ResourceFailed(
                f"{api.who}: deletionProtection is on. Set it to false, run 'pulumi up', then remove the load balancer."
            )
        await api.call("elbv2", "delete_load_balancer", LoadBalancerArn=id)

    async def gone(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Wait until AWS has forgotten it."""
        del state

        async def forgotten() -> bool | None:
            return True if await self.look(api, id) is None else None

        await api.wait("the load balancer to go", forgotten)
