"""The resource type ``slipway:aws:Instance``: one machine, launched from a template.

What runs on it is not looked at: SSH and Ansible come later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from plugins.rpc.schema import BOOLEAN, STRING
from plugins.slipway.aws import tags
from plugins.slipway.aws.ec2 import arn, by
from plugins.slipway.aws.ec2_resource import Ec2Resource
from plugins.slipway.aws.failure import AwsFailed, NothingMade
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties, ReadResult
    from plugins.slipway.aws.api import Api

_LIVING = ("pending", "running", "stopping", "stopped")
_STEADY = ("running", "stopped")
_TEMPLATE_TAGS = {
    "launchTemplateId": "aws:ec2launchtemplate:id",
    "launchTemplateVersion": "aws:ec2launchtemplate:version",
}
_SCARCE = frozenset({"InsufficientInstanceCapacity", "InsufficientHostCapacity", "SpotMaxPriceTooLow"})


class Instance(Ec2Resource):
    """A machine."""

    noun = "Instance"
    listing = ("describe_instances", "Reservations", "InstanceId")
    inputs: ClassVar = {
        **TAGGED,
        "launchTemplateId": STRING.needed.forces,
        "launchTemplateVersion": STRING.forces.by_default("$Default"),
        "subnetId": STRING.needed.forces,
        "running": BOOLEAN.by_default(True),
    }
    outputs = ("instanceId", "arn", "privateIp", "availabilityZone", "instanceType", "imageId")
    changing_outputs = ("publicIp", "state")
    limit_seconds = 600

    async def look(self, api: Api, id: str) -> dict[str, Any] | None:  # noqa: A002
        """Return the machine; EC2 lists machines in groups that were launched together."""
        found = await api.first("ec2", "describe_instances", "Reservations", InstanceIds=[id])
        machine: dict[str, Any] | None = found and found["Instances"][0]
        return machine

    async def make(self, api: Api, wanted: Properties) -> str:
        """Launch it; the client token keeps a second try from launching a second one."""
        template = {"LaunchTemplateId": wanted["launchTemplateId"], "Version": str(wanted["launchTemplateVersion"])}
        request = {"LaunchTemplate": template, "SubnetId": wanted["subnetId"], "MinCount": 1, "MaxCount": 1}
        marks = [*tags.specification("instance", wanted["tags"], api.token)]
        marks += [{"ResourceType": "volume", "Tags": tags.to_api(wanted["tags"])}] if wanted["tags"] else []
        try:
            answer = await api.ec2(
                "run_instances", **request, ClientToken=api.client_token(request), TagSpecifications=marks
            )
        except AwsFailed as failed:
            if failed.code not in _SCARCE:
                raise
            where = await _where(api, wanted)
            raise AwsFailed(f"{failed}\n{where}", code=failed.code, action=failed.action) from None
        return str(answer["Instances"][0]["InstanceId"])

    async def made_before(self, api: Api) -> str | None:
        """Find it by its mark, unless it is gone."""
        filters = [*by(f"tag:{tags.CREATION}", api.token), *by("instance-state-name", *_LIVING)]
        found = await api.first("ec2", "describe_instances", "Reservations", Filters=filters)
        return str(found["Instances"][0]["InstanceId"]) if found else None

    async def ready(self, api: Api, id: str) -> None:  # noqa: A002
        """Wait until it runs, or is stopped; one that dies on the way there was never launched."""

        async def steady() -> dict[str, Any] | None:
            found = await self.look(api, id)
            return found if found and found["State"]["Name"] not in ("pending", "stopping") else None

        found = await api.wait(f"{id} to run", steady)
        if found["State"]["Name"] not in _STEADY:
            raise NothingMade(f"{api.who}: the launch of {id} failed: {_reason(found)}\n{await _where(api, found)}")

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the machine; one that is terminated is gone, though EC2 shows it for a while."""
        found = await self.look(api, id)
        if found is None or found["State"]["Name"] not in _LIVING:
            return None
        state = found["State"]["Name"]
        return {
            "subnetId": found.get("SubnetId"),
            "running": state in ("pending", "running"),
            "tags": tags.from_api(found.get("Tags")),
            "instanceId": id,
            "arn": await arn(api, "instance", id, found.get("OwnerId", "")),
            "privateIp": found.get("PrivateIpAddress"),
            "publicIp": found.get("PublicIpAddress"),
            "availabilityZone": found["Placement"]["AvailabilityZone"],
            "instanceType": found["InstanceType"],
            "imageId": found["ImageId"],
            "state": state,
        }

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look at it; of an imported one, AWS's own tags tell the template, which a program may change later."""
        result = await super().read(ctx, id, inputs, state)
        found = await self.look(self._api(ctx), id) if result and not inputs else None
        if result and found:
            told = {tag["Key"]: tag["Value"] for tag in found.get("Tags") or []}
            for key, name in _TEMPLATE_TAGS.items():
                result.inputs[key] = result.outputs[key] = told.get(name)
        return result

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Start or stop it."""
        if seen["running"] != wanted["running"]:
            await api.ec2("start_instances" if wanted["running"] else "stop_instances", InstanceIds=[id])
            await self.ready(api, id)

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Terminate it; its disks go with it."""
        del state
        await api.ec2("terminate_instances", InstanceIds=[id])

    async def gone(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Wait until it is terminated: until then it holds its address and its security groups."""
        del state

        async def terminated() -> bool | None:
            found = await self.look(api, id)
            return True if found is None or found["State"]["Name"] == "terminated" else None

        await api.wait(f"{id} to be terminated", terminated)


def _reason(found: dict[str, Any]) -> str:
    reason = found.get("StateReason") or {}
    return reason.get("Message") or reason.get("Code") or found.get("StateTransitionReason") or "AWS gives no reason"


async def _where(api: Api, inputs: dict[str, Any]) -> str:
    """Say where what was asked for, as far as AWS tells: the message must help without a look at the template."""
    subnet = inputs.get("subnetId") or inputs.get("SubnetId")
    template = inputs.get("launchTemplateId")
    found = await api.first("ec2", "describe_subnets", "Subnets", SubnetIds=[subnet])
    versions = template and await api.first(
        "ec2",
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        LaunchTemplateId=template,
        Versions=[str(inputs["launchTemplateVersion"])],
    )
    kind = versions["LaunchTemplateData"].get("InstanceType") if versions else inputs.get("InstanceType")
    zone = found["AvailabilityZone"] if found else "not known"
    return f"Zone: {zone}, instance type: {kind or 'not known'}, subnet: {subnet}."
