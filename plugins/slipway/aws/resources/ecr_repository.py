"""The resource type ``slipway:aws:EcrRepository``.

How programs log in to it is said by the function ``getRegistryLogin``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.schema import BOOLEAN, INTEGER, STRING, object_of
from plugins.slipway.aws import tags
from plugins.slipway.aws.failure import AwsFailed
from plugins.slipway.aws.lookup import looked_up
from plugins.slipway.aws.resource import TAGGED, AwsResource

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

_NAME: Final = r"[a-z0-9]+([._/-][a-z0-9]+)*"


class EcrRepository(AwsResource):
    """A place for the images of one name."""

    noun = "EcrRepository"
    inputs: ClassVar = {
        **TAGGED,
        "name": STRING.needed.forces.matching(_NAME, "small letters and digits, with single . _ - / between them"),
        "immutableTags": BOOLEAN.by_default(True),
        "scanOnPush": BOOLEAN.by_default(True),
        "lifecycle": object_of(keepTagged=INTEGER.at_least(1), expireUntaggedDays=INTEGER.at_least(1)),
        "encryption": object_of(
            type=STRING.one_of("AES256", "KMS").by_default("AES256"), kmsKeyArn=STRING.decided
        ).forces.by_default({"type": "AES256"}),
        "forceDelete": BOOLEAN.by_default(False),
    }
    outputs = ("arn", "repositoryUrl", "registryId")

    def deletes_first(self, old: Properties, new: Properties) -> bool:
        """No registry has two repositories of one name."""
        return bool(old.get("name") == new.get("name"))

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the repository."""
        encryption = wanted["encryption"]
        answer = await api.call(
            "ecr",
            "create_repository",
            repositoryName=wanted["name"],
            tags=tags.to_api(wanted["tags"], api.token),
            imageTagMutability=_mutability(wanted),
            imageScanningConfiguration={"scanOnPush": wanted["scanOnPush"]},
            encryptionConfiguration={
                "encryptionType": encryption["type"],
                **({"kmsKey": encryption["kmsKeyArn"]} if encryption.get("kmsKeyArn") else {}),
            },
        )
        return str(answer["repository"]["repositoryName"])

    async def made_before(self, api: Api) -> str | None:
        """Find it by its mark."""
        mark = {"Key": tags.CREATION, "Value": api.token}
        for found in await api.listed("ecr", "describe_repositories", "repositories"):
            if mark in await api.listed("ecr", "list_tags_for_resource", "tags", resourceArn=found["repositoryArn"]):
                return str(found["repositoryName"])
        return None

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the repository and its lifecycle policy."""
        found = await api.first("ecr", "describe_repositories", "repositories", repositoryNames=[id])
        if found is None:
            return None
        policy = await looked_up(api, "ecr", "get_lifecycle_policy", repositoryName=id)
        given = await api.listed("ecr", "list_tags_for_resource", "tags", resourceArn=found["repositoryArn"])
        encryption = found.get("encryptionConfiguration") or {"encryptionType": "AES256"}
        return {
            "name": found["repositoryName"],
            "immutableTags": found.get("imageTagMutability") == "IMMUTABLE",
            "scanOnPush": bool(found.get("imageScanningConfiguration", {}).get("scanOnPush")),
            "lifecycle": lifecycle_of(policy["lifecyclePolicyText"]) if policy else None,
            "encryption": {
                "type": encryption["encryptionType"],
                **({"kmsKeyArn": encryption["kmsKey"]} if encryption.get("kmsKey") else {}),
            },
            "tags": tags.from_api(given),
            "arn": found["repositoryArn"],
            "repositoryUrl": found["repositoryUri"],
            "registryId": found["registryId"],
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Set mutability, scanning and lifecycle, each only where it differs."""
        if seen["immutableTags"] != wanted["immutableTags"]:
            mutability = _mutability(wanted)
            await api.call("ecr", "put_image_tag_mutability", repositoryName=id, imageTagMutability=mutability)
        if seen["scanOnPush"] != wanted["scanOnPush"]:
            scanning = {"scanOnPush": wanted["scanOnPush"]}
            await api.call(
                "ecr", "put_image_scanning_configuration", repositoryName=id, imageScanningConfiguration=scanning
            )
        lifecycle = wanted.get("lifecycle") or None
        if lifecycle and seen["lifecycle"] != lifecycle:
            await api.call("ecr", "put_lifecycle_policy", repositoryName=id, lifecyclePolicyText=policy_of(lifecycle))
        elif seen["lifecycle"] and not lifecycle:
            await api.call("ecr", "delete_lifecycle_policy", repositoryName=id)

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the repository; one with images only where forceDelete says so."""
        try:
            await api.call("ecr", "delete_repository", repositoryName=id, force=bool(state.get("forceDelete")))
        except AwsFailed as failed:
            if failed.code != "RepositoryNotEmptyException":
                raise
            images = await api.listed("ecr", "list_images", "imageIds", repositoryName=id)
            raise ResourceFailed(
                f"{api.who}: the repository '{id}' still has {len(images)} image(s). Set forceDelete to true and run "
                "'pulumi up' to have them deleted with it, or delete them yourself."
            ) from None

    async def retag(self, api: Api, id: str, put: dict[str, str], drop: list[str]) -> None:  # noqa: A002
        """Set and remove tags."""
        found = await api.first("ecr", "describe_repositories", "repositories", repositoryNames=[id])
        arn = found["repositoryArn"] if found else id
        if put:
            await api.call("ecr", "tag_resource", resourceArn=arn, tags=tags.to_api(put))
        if drop:
            await api.call("ecr", "untag_resource", resourceArn=arn, tagKeys=drop)


def _mutability(wanted: Properties) -> str:
    return "IMMUTABLE" if wanted["immutableTags"] else "MUTABLE"


def policy_of(lifecycle: Properties) -> str:
    """Return the text of a lifecycle policy that does this."""
    rules: list[dict[str, Any]] = []
    if days := lifecycle.get("expireUntaggedDays"):
        since = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": days}
        rules.append({"tagStatus": "untagged", **since})
    if kept := lifecycle.get("keepTagged"):
        more = {"countType": "imageCountMoreThan", "countNumber": kept}
        rules.append({"tagStatus": "tagged", "tagPatternList": ["*"], **more})
    numbered = [
        {"rulePriority": number, "selection": rule, "action": {"type": "expire"}}
        for number, rule in enumerate(rules, 1)
    ]
    return json.dumps({"rules": numbered}, sort_keys=True)


def lifecycle_of(policy: str) -> dict[str, int]:
    """Return what a policy does; of somebody else's policy, the parts that a program could have asked for."""
    found: dict[str, int] = {}
    for rule in json.loads(policy).get("rules", []):
        selection = rule.get("selection", {})
        kind = (selection.get("tagStatus"), selection.get("countType"))
        if kind == ("untagged", "sinceImagePushed"):
            found["expireUntaggedDays"] = int(selection["countNumber"])
        elif kind == ("tagged", "imageCountMoreThan"):
            found["keepTagged"] = int(selection["countNumber"])
    return found
