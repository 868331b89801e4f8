"""The resource type ``slipway:aws:SecurityGroup``: who may talk to the machines in it, and to whom they may.

What is not opened stays closed, outgoing traffic included: the rule that AWS gives every new group is taken away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from plugins.rpc.diff import join
from plugins.rpc.resource import Failure
from plugins.rpc.schema import STRING
from plugins.rpc.values import within
from plugins.slipway.aws import security_rules, tags
from plugins.slipway.aws.ec2 import arn, by, interfaces
from plugins.slipway.aws.ec2_resource import Ec2Resource
from plugins.slipway.aws.resource import TAGGED

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api
    from plugins.slipway.aws.security_rules import Rule

_DIRECTIONS = ("ingress", "egress")
DESCRIPTION = STRING.matching(
    r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}",
    "1 to 255 of the characters a-z, A-Z, 0-9, blank and ._-:/()#,@[]+=&;{}!$*",
)


class SecurityGroup(Ec2Resource):
    """A set of openings; its name at AWS is a generated one."""

    noun = "SecurityGroup"
    listing = ("describe_security_groups", "SecurityGroups", "GroupId")
    inputs: ClassVar = {
        **TAGGED,
        "vpcId": STRING.needed.forces,
        "description": DESCRIPTION.forces.by_default("Managed by slipway"),
        "ingress": security_rules.RULES,
        "egress": security_rules.RULES,
    }
    outputs = ("arn", "groupName")

    def problems(self, inputs: Properties) -> list[Failure]:
        """Want a source in each rule, and ports that make a range."""
        return [
            Failure(join(direction, at), problem)
            for direction in _DIRECTIONS
            if isinstance(inputs.get(direction), list)
            for at, rule in enumerate(inputs[direction])
            if isinstance(rule, dict) and (problem := security_rules.problem(rule))
        ]

    def normalized(self, inputs: Properties) -> Properties:
        """Take rules apart into single openings."""
        return {**inputs, **{key: within(inputs[key], security_rules.single) for key in _DIRECTIONS if key in inputs}}

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make the group; ``adjust`` gives it its rules."""
        answer = await api.ec2(
            "create_security_group",
            GroupName=api.unique_name(wanted.get("name") or api.ctx.name),
            Description=wanted["description"],
            VpcId=wanted["vpcId"],
            TagSpecifications=tags.specification("security-group", wanted["tags"], api.token),
        )
        return str(answer["GroupId"])

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the group and its rules."""
        found = await self.look(api, id)
        return found and {
            "vpcId": found["VpcId"],
            "description": found["Description"],
            "ingress": security_rules.from_api(found["IpPermissions"], id),
            "egress": security_rules.from_api(found["IpPermissionsEgress"], id),
            "tags": tags.from_api(found.get("Tags")),
            "groupName": found["GroupName"],
            "arn": await arn(api, "security-group", id, found["OwnerId"]),
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Open and close what differs, and nothing else: what stays open is never closed for a moment."""
        for direction in _DIRECTIONS:
            before = {security_rules.without_description(rule): rule for rule in seen[direction]}
            after = {security_rules.without_description(rule): rule for rule in wanted.get(direction) or []}
            opened = [rule for key, rule in after.items() if key not in before]
            closed = [rule for key, rule in before.items() if key not in after]
            described = [rule for key, rule in after.items() if key in before and before[key] != rule]
            await self._apply(api, id, f"authorize_security_group_{direction}", opened)
            await self._apply(api, id, f"update_security_group_rule_descriptions_{direction}", described)
            await self._apply(api, id, f"revoke_security_group_{direction}", closed)

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove the group."""
        del state
        await api.ec2("delete_security_group", GroupId=id)

    async def blockers(self, api: Api, id: str) -> list[str]:  # noqa: A002
        """Name the machines in it and the groups that let it in."""
        referring = await api.listed(
            "ec2", "describe_security_groups", "SecurityGroups", Filters=by("ip-permission.group-id", id)
        )
        groups = [f"a rule of security group {item['GroupId']}" for item in referring if item["GroupId"] != id]
        return [*groups, *await interfaces(api, "group-id", id)]

    async def _apply(self, api: Api, id: str, method: str, rules: list[Rule]) -> None:  # noqa: A002
        if rules:
            await api.ec2(method, GroupId=id, IpPermissions=[security_rules.to_api(rule, id) for rule in rules])
