"""The resource type ``slipway:aws:InstanceRole``: an IAM role and the instance profile that gives it to machines.

Role and profile have one generated name, which is the id. A profile is found by that name, so nothing is made twice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar

from plugins.rpc.schema import STRING, Property, set_of
from plugins.rpc.values import within
from plugins.slipway.aws import tags
from plugins.slipway.aws.failure import AwsFailed
from plugins.slipway.aws.resource import TAGGED, AwsResource

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

_LONGEST_NAME = 64
# A profile holds one role: a second try is refused as one too many.
_DONE_ALREADY = {
    "create_role": {"EntityAlreadyExists"},
    "create_instance_profile": {"EntityAlreadyExists"},
    "add_role_to_instance_profile": {"EntityAlreadyExists", "LimitExceeded"},
}


def _policy_problem(text: str) -> str:
    try:
        return "" if isinstance(json.loads(text), dict) else "a policy document, which is a JSON object"
    except ValueError as error:
        return f"a policy document in JSON ({error})"


POLICY = STRING.judged_by(_policy_problem)
POLICY_ARN = STRING.matching(
    r"arn:[a-z-]+:iam::(aws|\d{12}):policy/.+", "the ARN of a policy: arn:aws:iam::aws:policy/NAME"
)


class InstanceRole(AwsResource):
    """What machines may do at AWS, without credentials of their own."""

    noun = "InstanceRole"
    inputs: ClassVar = {
        **TAGGED,
        "assumeService": STRING.by_default("ec2.amazonaws.com"),
        "managedPolicyArns": set_of(POLICY_ARN),
        "inlinePolicies": Property("map", element=POLICY),
    }
    outputs = ("roleArn", "roleName", "instanceProfileName", "instanceProfileArn")
    in_use = frozenset({"DeleteConflict"})

    def normalized(self, inputs: Properties) -> Properties:
        """Write policies in one form: white space and order mean nothing in JSON."""
        policies = within(inputs.get("inlinePolicies"), _each_canonical)
        return inputs if policies is None else {**inputs, "inlinePolicies": policies}

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make role and profile, or what a killed run has left to make of them."""
        name = api.unique_name((wanted.get("name") or api.ctx.name)[: _LONGEST_NAME - 8])
        marked, trust = tags.to_api(wanted["tags"], api.token), _trust(wanted["assumeService"])
        await _once(api, "create_role", RoleName=name, AssumeRolePolicyDocument=trust, Tags=marked)
        try:
            await _once(api, "create_instance_profile", InstanceProfileName=name, Tags=marked)
            await _once(api, "add_role_to_instance_profile", InstanceProfileName=name, RoleName=name)
        except AwsFailed as failed:
            if not failed.lost:
                await self.remove(api, name, {})
            raise
        return name

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at role, policies and profile."""
        try:
            role = (await api.call("iam", "get_role", RoleName=id))["Role"]
            profile = (await api.call("iam", "get_instance_profile", InstanceProfileName=id))["InstanceProfile"]
        except AwsFailed as failed:
            if failed.missing:
                return None
            raise
        attached = await api.listed("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=id)
        return {
            "assumeService": _trusted(role["AssumeRolePolicyDocument"]),
            "managedPolicyArns": sorted(item["PolicyArn"] for item in attached),
            "inlinePolicies": await _inline_policies(api, id),
            "tags": tags.from_api(role.get("Tags")),
            "roleArn": role["Arn"],
            "roleName": role["RoleName"],
            "instanceProfileName": profile["InstanceProfileName"],
            "instanceProfileArn": profile["Arn"],
        }

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Attach, write and take away single policies."""
        if seen["assumeService"] != wanted["assumeService"]:
            trust = _trust(wanted["assumeService"])
            await api.call("iam", "update_assume_role_policy", RoleName=id, PolicyDocument=trust)
        before, after = set(seen["managedPolicyArns"]), set(wanted.get("managedPolicyArns") or [])
        for arn in sorted(after - before):
            await api.call("iam", "attach_role_policy", RoleName=id, PolicyArn=arn)
        for arn in sorted(before - after):
            await api.drop("iam", "detach_role_policy", RoleName=id, PolicyArn=arn)
        policies = wanted.get("inlinePolicies") or {}
        for name, text in policies.items():
            if seen["inlinePolicies"].get(name) != text:
                await api.call("iam", "put_role_policy", RoleName=id, PolicyName=name, PolicyDocument=text)
        for name in sorted(seen["inlinePolicies"].keys() - policies.keys()):
            await api.drop("iam", "delete_role_policy", RoleName=id, PolicyName=name)

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Take role and profile apart: IAM removes neither while it has anything in it."""
        del state
        await api.drop("iam", "remove_role_from_instance_profile", InstanceProfileName=id, RoleName=id)
        await api.drop("iam", "delete_instance_profile", InstanceProfileName=id)
        for policy in await api.listed("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=id):
            await api.drop("iam", "detach_role_policy", RoleName=id, PolicyArn=policy["PolicyArn"])
        for name in await api.listed("iam", "list_role_policies", "PolicyNames", RoleName=id):
            await api.drop("iam", "delete_role_policy", RoleName=id, PolicyName=name)
        await api.drop("iam", "delete_role", RoleName=id)

    async def retag(self, api: Api, id: str, put: dict[str, str], drop: list[str]) -> None:  # noqa: A002
        """Set and remove tags of both."""
        for kind, key in (("role", "RoleName"), ("instance_profile", "InstanceProfileName")):
            if put:
                await api.call("iam", f"tag_{kind}", **{key: id}, Tags=tags.to_api(put))
            if drop:
                await api.call("iam", f"untag_{kind}", **{key: id}, TagKeys=drop)


async def _once(api: Api, method: str, **parameters: Any) -> None:  # noqa: ANN401
    """Send a request that a killed run may have sent already; the names hold the token, so they are nobody else's."""
    try:
        await api.call("iam", method, **parameters)
    except AwsFailed as failed:
        if failed.code not in _DONE_ALREADY[method]:
            raise


async def _inline_policies(api: Api, id: str) -> dict[str, str]:  # noqa: A002
    found = {}
    for name in await api.listed("iam", "list_role_policies", "PolicyNames", RoleName=id):
        answer = await api.call("iam", "get_role_policy", RoleName=id, PolicyName=name)
        found[str(name)] = _canonical(answer["PolicyDocument"])
    return found


def _each_canonical(policies: dict[str, Any]) -> dict[str, Any]:
    return {name: within(text, _canonical) for name, text in policies.items()}


def _canonical(document: Any) -> str:  # noqa: ANN401 - a text, or what botocore made of one
    return json.dumps(json.loads(document) if isinstance(document, str) else document, sort_keys=True)


def _trust(service: str) -> str:
    allowed = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def _trusted(document: Any) -> str:  # noqa: ANN401 - as above
    """Return the one service that may take on the role; of anything else, the whole document."""
    text = _canonical(document)
    statements = json.loads(text).get("Statement") or [{}]
    service = statements[0].get("Principal", {}).get("Service", "") if len(statements) == 1 else ""
    return service if isinstance(service, str) and text == _canonical(_trust(service)) else text
