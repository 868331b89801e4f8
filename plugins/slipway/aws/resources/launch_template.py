"""The resource type ``slipway:aws:LaunchTemplate``: how machines of one kind are launched.

A change makes a new version; machines that run keep theirs until they are replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from plugins.rpc.schema import INTEGER, STRING, STRINGS, set_of
from plugins.rpc.schema_diff import compare
from plugins.rpc.values import UNKNOWN
from plugins.slipway.aws import launch_data, tags
from plugins.slipway.aws.ec2_resource import Ec2Resource
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.rpc.resource import CheckResult, Context, Properties
    from plugins.slipway.aws.api import Api


class LaunchTemplate(Ec2Resource):
    """A template; its name at AWS is a generated one."""

    noun = "LaunchTemplate"
    listing = ("describe_launch_templates", "LaunchTemplates", "LaunchTemplateId")
    inputs: ClassVar = {
        **TAGGED,
        "imageId": STRING.matching(r"ami-[0-9a-f]+", "the id of an image, ami-...").needed,
        "instanceType": STRING.needed,
        "keyName": STRING,
        "securityGroupIds": set_of(STRING),
        "instanceProfileArn": STRING,
        # What machines are started with often holds a password or a private key.
        "userData": STRING.judged_by(launch_data.user_data_problem).hidden,
        "rootVolume": launch_data.ROOT_VOLUME,
        # 1: containers, which are one hop further, must not get the machine's credentials.
        "metadataHopLimit": INTEGER.at_least(1).by_default(1),
        "spot": launch_data.SPOT,
        "instanceTags": STRINGS,
    }
    outputs = ("launchTemplateName",)
    changing_outputs = ("latestVersion", "defaultVersion")

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Fill in the defaults of an encrypted disk, and the provider's tags for machines and their disks, too."""
        given = news if news.get("rootVolume") is not None else {**news, "rootVolume": {}}
        result = await super().check(ctx, olds, given)
        settings = self.account.settings
        instance_tags = tags.completed(result.inputs.get("instanceTags"), None, settings.default_tags)
        result.inputs["instanceTags"] = instance_tags if settings.known else UNKNOWN
        return result

    def changed_by(self, old: Properties, new: Properties) -> Sequence[str]:
        """Make a new version unless only the template's own tags change."""
        launching = {key: item for key, item in self.inputs.items() if key not in TAGGED}
        return self.changing_outputs if compare(launching, old, new)[0] else ()

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the template with its first version."""
        data = launch_data.to_api(wanted, await self._root_of(api, wanted["imageId"]))
        answer = await api.ec2(
            "create_launch_template",
            LaunchTemplateName=api.unique_name(wanted.get("name") or api.ctx.name),
            LaunchTemplateData=data,
            ClientToken=api.client_token(data),
            TagSpecifications=tags.specification("launch-template", wanted["tags"], api.token),
        )
        return str(answer["LaunchTemplate"]["LaunchTemplateId"])

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the template's latest version."""
        found = await self.look(api, id)
        latest = await self._latest(api, id) if found else None
        if found is None or latest is None:
            return None
        return {
            **launch_data.from_api(latest["LaunchTemplateData"]),
            "tags": tags.from_api(found.get("Tags")),
            "launchTemplateName": found["LaunchTemplateName"],
            "latestVersion": latest["VersionNumber"],
            "defaultVersion": found["DefaultVersionNumber"],
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Make a new version, and the default of it, unless only tags of the template itself differ."""
        data = launch_data.to_api(wanted, await self._root_of(api, wanted["imageId"]))
        version = seen["latestVersion"]
        latest = await self._latest(api, id)
        if latest is None or launch_data.from_api(latest["LaunchTemplateData"]) != launch_data.from_api(data):
            answer = await api.ec2("create_launch_template_version", LaunchTemplateId=id, LaunchTemplateData=data)
            version = answer["LaunchTemplateVersion"]["VersionNumber"]
        if seen["defaultVersion"] != version:
            await api.ec2("modify_launch_template", LaunchTemplateId=id, DefaultVersion=str(version))

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the template; machines that were launched with it go on."""
        del state
        await api.ec2("delete_launch_template", LaunchTemplateId=id)

    async def _latest(self, api: Api, id: str) -> dict[str, Any] | None:  # noqa: A002
        versions = await api.listed(
            "ec2",
            "describe_launch_template_versions",
            "LaunchTemplateVersions",
            LaunchTemplateId=id,
            Versions=["$Latest"],
        )
        return versions[0] if versions else None

    async def _root_of(self, api: Api, image: str) -> launch_data.Root:
        """Look up the image's root: the volume is meant to be that one, not another one."""
        found = await api.ec2("describe_images", ImageIds=[image])
        return launch_data.root_of(found["Images"][0] if found["Images"] else {})
