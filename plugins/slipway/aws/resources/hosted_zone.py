"""The resource type ``slipway:aws:HostedZone``.

Its records are ``DnsRecord``; those that AWS makes with the zone (NS and SOA of its own name) go with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.schema import BOOLEAN, STRING
from plugins.slipway.aws import tags
from plugins.slipway.aws.failure import AwsFailed
from plugins.slipway.aws.lookup import looked_up
from plugins.slipway.aws.resource import TAGGED, AwsResource
from plugins.slipway.aws.route53 import DOMAIN, in_sync, plain, record_sets

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

_CHANGES_AT_ONCE: Final = 500


class HostedZone(AwsResource):
    """The records of one domain, public or for one VPC."""

    noun = "HostedZone"
    inputs: ClassVar = {
        **TAGGED,
        "name": DOMAIN.needed.forces,
        "comment": STRING,
        "vpcId": STRING.forces,
        "forceDestroy": BOOLEAN.by_default(False),
    }
    outputs = ("arn", "zoneId", "nameServers")

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the zone, then its tags: the API takes none with the request."""
        vpc = wanted.get("vpcId")
        # Route 53 itself is nowhere in particular.
        place = {"VPCRegion": (await api.account.meta("ec2")).region_name, "VPCId": vpc} if vpc else None
        try:
            answer = await api.call(
                "route53",
                "create_hosted_zone",
                Name=wanted["name"],
                CallerReference=api.token,
                HostedZoneConfig={"Comment": wanted.get("comment") or "", "PrivateZone": bool(vpc)},
                VPC=place,
            )
        except AwsFailed as failed:
            # The answer to the first try got lost; for that token AWS makes no other.
            made = await self.made_before(api) if failed.code == "HostedZoneAlreadyExists" else None
            if made is None:
                raise
            return made
        await in_sync(api, answer)
        return _id(answer["HostedZone"])

    async def made_before(self, api: Api) -> str | None:
        """Find it by the token that its request carried."""
        zones = await api.listed("route53", "list_hosted_zones", "HostedZones")
        return next((_id(zone) for zone in zones if zone["CallerReference"] == api.token), None)

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the zone and its tags."""
        answer = await looked_up(api, "route53", "get_hosted_zone", Id=id)
        if answer is None:
            return None
        zone = answer["HostedZone"]
        given = await api.call("route53", "list_tags_for_resource", ResourceType="hostedzone", ResourceId=id)
        vpcs = [vpc["VPCId"] for vpc in answer.get("VPCs") or []]
        return {
            "name": plain(zone["Name"]),
            "comment": zone.get("Config", {}).get("Comment") or None,
            "vpcId": vpcs[0] if vpcs else None,
            "tags": tags.from_api(given["ResourceTagSet"].get("Tags")),
            "arn": f"arn:{(await api.account.meta('route53')).partition}:route53:::hostedzone/{id}",
            "zoneId": id,
            "nameServers": sorted((answer.get("DelegationSet") or {}).get("NameServers") or []),
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Set the comment."""
        if (seen["comment"] or "") != (wanted.get("comment") or ""):
            await api.call("route53", "update_hosted_zone_comment", Id=id, Comment=wanted.get("comment") or "")

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the zone; one with records of somebody else only where forceDestroy says so."""
        others = [each for each in await record_sets(api, id) if not _is_of_the_zone(each, state.get("name"))]
        if others and not state.get("forceDestroy"):
            named = ", ".join(f"{plain(each['Name'])} {each['Type']}" for each in others[:3])
            raise ResourceFailed(
                f"{api.who}: the zone still has {len(others)} record(s) that are not its own, such as {named}. Set "
                "forceDestroy to true and run 'pulumi up' to have them deleted with it, or delete them yourself."
            )
        for start in range(0, len(others), _CHANGES_AT_ONCE):
            changes = [{"Action": "DELETE", "ResourceRecordSet": each} for each in others[start:][:_CHANGES_AT_ONCE]]
            await api.call("route53", "change_resource_record_sets", HostedZoneId=id, ChangeBatch={"Changes": changes})
        await api.call("route53", "delete_hosted_zone", Id=id)

    async def retag(self, api: Api, id: str, put: dict[str, str], drop: list[str]) -> None:  # noqa: A002
        """Set and remove tags."""
        await api.call(
            "route53",
            "change_tags_for_resource",
            ResourceType="hostedzone",
            ResourceId=id,
            AddTags=tags.to_api(put) or None,
            RemoveTagKeys=drop or None,
        )


def _id(zone: dict[str, Any]) -> str:
    return str(zone["Id"]).removeprefix("/hostedzone/")


def _is_of_the_zone(record: dict[str, Any], name: str | None) -> bool:
    return record["Type"] in {"NS", "SOA"} and plain(record["Name"]) == name
