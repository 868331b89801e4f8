"""The functions ``getImage``, ``getZones`` and ``getInstanceType``: what a region offers.

They own nothing and remember nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.schema import STRING
from plugins.rpc.schema_check import InputCheck
from plugins.rpc.values import reveal
from plugins.slipway.aws.api import Api
from plugins.slipway.aws.ec2 import by
from plugins.slipway.aws.failure import AwsFailed

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties
    from plugins.rpc.schema import Property
    from plugins.slipway.aws.account import Account

_IMAGE: Final = {
    "owner": STRING.needed,
    "namePattern": STRING.needed,
    "architecture": STRING.one_of("x86_64", "arm64").by_default("x86_64"),
}
_INSTANCE_TYPE: Final = {"name": STRING.needed}


async def get_image(account: Account, ctx: Context, args: Properties) -> dict[str, Any]:
    """Return the newest image of an owner whose name matches.

    Raises:
        ResourceFailed: there is none.
    """
    given = _checked("getImage", _IMAGE, args)
    owner, pattern, architecture = given["owner"], given["namePattern"], given["architecture"]
    filters = [*by("name", pattern), *by("architecture", architecture), *by("state", "available")]
    found = await _api(account, ctx, "getImage").listed(
        "ec2", "describe_images", "Images", Owners=[owner], Filters=filters
    )
    if not found:
        raise ResourceFailed(
            f"getImage: owner {owner} has no image for {architecture} named like '{pattern}' in {account.address}.\n"
            "Images belong to one region; see aws ec2 describe-images --owners OWNER."
        )
    newest = max(found, key=lambda image: str(image.get("CreationDate", "")))
    return {
        "id": newest["ImageId"],
        "name": newest.get("Name", ""),
        "creationDate": newest.get("CreationDate", ""),
        "rootDeviceName": newest.get("RootDeviceName", ""),
    }


async def get_zones(account: Account, ctx: Context, args: Properties) -> dict[str, Any]:
    """Return the names of the zones that can be used, sorted; local and wavelength zones are none."""
    _checked("getZones", {}, args)
    filters = [*by("state", "available"), *by("zone-type", "availability-zone")]
    api = _api(account, ctx, "getZones")
    found = await api.listed("ec2", "describe_availability_zones", "AvailabilityZones", Filters=filters)
    return {"names": sorted(zone["ZoneName"] for zone in found)}


async def get_instance_type(account: Account, ctx: Context, args: Properties) -> dict[str, Any]:
    """Return the size of an instance type.

    Raises:
        ResourceFailed: the region has no such type.
    """
    name = _checked("getInstanceType", _INSTANCE_TYPE, args)["name"]
    api = _api(account, ctx, "getInstanceType")
    try:
        answer = await api.ec2("describe_instance_types", InstanceTypes=[name])
    except AwsFailed as failed:
        if failed.code != "InvalidInstanceType":
            raise
        answer = {"InstanceTypes": []}
    if not answer["InstanceTypes"]:
        raise ResourceFailed(
            f"getInstanceType: {account.address} has no instance type '{name}'.\n"
            "See aws ec2 describe-instance-type-offerings for those that it has."
        )
    found = answer["InstanceTypes"][0]
    return {
        "name": name,
        "vcpus": found["VCpuInfo"]["DefaultVCpus"],
        "memoryMib": found["MemoryInfo"]["SizeInMiB"],
        "architectures": found["ProcessorInfo"]["SupportedArchitectures"],
    }


def _api(account: Account, ctx: Context, noun: str) -> Api:
    return Api(account, ctx, noun, limit_seconds=60)


def _checked(noun: str, fields: dict[str, Property], args: Properties) -> dict[str, Any]:
    judgement = InputCheck(noun, "docs/aws-resources.md")
    given = judgement.complete(fields, reveal(args))
    if judgement.failures:
        raise ResourceFailed("\n".join(f"{noun}: {failure.reason}" for failure in judgement.failures))
    return given
