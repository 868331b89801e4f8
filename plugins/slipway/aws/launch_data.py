"""What a launch template holds, from a program's words to the API's and back.

It asks nothing; names are those of ``LaunchTemplateData``.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.schema import BOOLEAN, INTEGER, STRING, object_of
from plugins.slipway.aws import tags

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties

USER_DATA_BYTES: Final = 16384
"""The longest user data that EC2 takes, before base64."""

ROOT_VOLUME: Final = object_of(
    sizeGib=INTEGER.at_least(1).decided,
    type=STRING.one_of("gp3", "gp2", "io1", "io2").by_default("gp3"),
    encrypted=BOOLEAN.by_default(True),
    deviceName=STRING.decided,
)
SPOT: Final = object_of(
    enabled=BOOLEAN.by_default(True),
    maxPrice=STRING.matching(r"\d+(\.\d+)?", "a price in dollars an hour, such as 0.05"),
)


def user_data_problem(text: str) -> str:
    """Say what user data must be that EC2 would not take; '' if it would."""
    size = len(text.encode())
    return f"at most {USER_DATA_BYTES} bytes, not {size}" if size > USER_DATA_BYTES else ""


@dataclass(frozen=True)
class Root:
    """The root volume of an image, as far as the image says."""

    device: str = "/dev/xvda"
    size_gib: int | None = None


def root_of(image: dict[str, Any]) -> Root:
    """Return the root volume of an image as EC2 describes it."""
    device = image.get("RootDeviceName") or Root.device
    volumes = [item.get("Ebs") or {} for item in image.get("BlockDeviceMappings") or [] if item["DeviceName"] == device]
    return Root(device, volumes[0].get("VolumeSize") if volumes else None)


def to_api(wanted: Properties, root: Root) -> dict[str, Any]:
    """Return the ``LaunchTemplateData`` for plain inputs and the root volume of their image."""
    marked = tags.to_api(wanted.get("instanceTags") or {})
    kinds = ("instance", "volume") if marked else ()
    profile, user_data = wanted.get("instanceProfileArn"), wanted.get("userData")
    data = {
        "ImageId": wanted["imageId"],
        "InstanceType": wanted["instanceType"],
        "KeyName": wanted.get("keyName"),
        "SecurityGroupIds": wanted.get("securityGroupIds"),
        "IamInstanceProfile": {"Arn": profile} if profile else None,
        "UserData": base64.b64encode(user_data.encode()).decode() if user_data else None,
        "BlockDeviceMappings": [_root_volume(wanted["rootVolume"], root)],
        "MetadataOptions": {
            "HttpEndpoint": "enabled",
            # Version 1 answers whoever can make a machine send a request; version 2 wants a session first.
            "HttpTokens": "required",
            "HttpPutResponseHopLimit": wanted["metadataHopLimit"],
        },
        "InstanceMarketOptions": _spot(wanted.get("spot")),
        "TagSpecifications": [{"ResourceType": kind, "Tags": marked} for kind in kinds],
    }
    return {key: value for key, value in data.items() if value not in (None, [])}


def from_api(data: dict[str, Any]) -> Properties:
    """Return the inputs that such data stands for."""
    options = data.get("MetadataOptions") or {}
    specifications = {item["ResourceType"]: item["Tags"] for item in data.get("TagSpecifications") or []}
    user_data = data.get("UserData")
    return {
        "imageId": data.get("ImageId"),
        "instanceType": data.get("InstanceType"),
        "keyName": data.get("KeyName"),
        "securityGroupIds": sorted(data.get("SecurityGroupIds") or []),
        "instanceProfileArn": (data.get("IamInstanceProfile") or {}).get("Arn"),
        "userData": base64.b64decode(user_data).decode(errors="replace") if user_data else None,
        "rootVolume": _root_from_api(data.get("BlockDeviceMappings") or []),
        # A template that no longer wants sessions is as wrong as one with another limit, and is put right with it.
        "metadataHopLimit": options.get("HttpPutResponseHopLimit") if options.get("HttpTokens") == "required" else None,
        "spot": _spot_from_api(data.get("InstanceMarketOptions")),
        "instanceTags": tags.from_api(specifications.get("instance")),
    }


def _root_volume(wanted: dict[str, Any], root: Root) -> dict[str, Any]:
    volume = {"VolumeType": wanted["type"], "Encrypted": wanted["encrypted"], "DeleteOnTermination": True}
    size = wanted.get("sizeGib") or root.size_gib
    return {
        "DeviceName": wanted.get("deviceName") or root.device,
        "Ebs": {**volume, **({"VolumeSize": size} if size else {})},
    }


def _root_from_api(mappings: list[dict[str, Any]]) -> dict[str, Any] | None:
    if not mappings:
        return None
    volume = mappings[0].get("Ebs") or {}
    found = {
        "sizeGib": volume.get("VolumeSize"),
        "type": volume.get("VolumeType"),
        "encrypted": volume.get("Encrypted"),
        "deviceName": mappings[0].get("DeviceName"),
    }
    return {key: value for key, value in found.items() if value is not None}


def _spot(wanted: dict[str, Any] | None) -> dict[str, Any] | None:
    if not wanted or not wanted["enabled"]:
        return None
    price = {"SpotOptions": {"MaxPrice": wanted["maxPrice"]}} if wanted.get("maxPrice") else {}
    return {"MarketType": "spot", **price}


def _spot_from_api(options: dict[str, Any] | None) -> dict[str, Any] | None:
    if not options or options.get("MarketType") != "spot":
        return None
    price = (options.get("SpotOptions") or {}).get("MaxPrice")
    return {"enabled": True, **({"maxPrice": price} if price else {})}
