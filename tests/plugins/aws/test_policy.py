"""The policy in the documentation allows every action that the code can ask for, and no other."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import botocore.session

from plugins.slipway.aws.actions import action_of

ROOT = Path(__file__).parents[3]
SERVICES = ("ec2", "iam", "elbv2", "ecr", "route53", "s3", "cloudtrail")
ASKING = ("plugins/slipway/aws", "operations/drift/cloud")
# Not asked for by name: checked when a machine is launched, a zone is made for a VPC, versions of objects are deleted.
IMPLIED = {
    "iam:PassRole",
    "iam:CreateServiceLinkedRole",
    "ec2:DescribeVpcs",
    "route53:AssociateVPCWithHostedZone",
    "s3:DeleteObjectVersion",
}
# Names that the code puts together.
COMPOSED = {
    f"ec2:{verb}{direction}"
    for verb in ("AuthorizeSecurityGroup", "RevokeSecurityGroup", "UpdateSecurityGroupRuleDescriptions")
    for direction in ("Ingress", "Egress")
} | {f"iam:{verb}{kind}" for verb in ("Tag", "Untag") for kind in ("Role", "InstanceProfile")}


def documented() -> set[str]:
    text = (ROOT / "docs" / "aws-resources.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    actions = [statement["Action"] for block in blocks for statement in json.loads(block)["Statement"]]
    return {action for entry in actions for action in ([entry] if isinstance(entry, str) else entry)}


def asked() -> set[str]:
    """Return the action of every text in the code that is the name of a method of boto's."""
    session = botocore.session.get_session()
    methods = {
        service: session.create_client(service, region_name="eu-central-1").meta.method_to_api_mapping
        for service in SERVICES
    }
    found: set[str] = set()
    for path in (path for folder in ASKING for path in (ROOT / folder).rglob("*.py")):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        # Some methods of several services have one name; a module that names no service is of EC2.
        for service in texts & set(SERVICES) or {"ec2"}:
            found |= {action_of(service, methods[service][text]) for text in texts if text in methods[service]}
    return found


def test_policy_in_the_documentation_is_what_the_code_asks_for() -> None:
    assert documented() == asked() | COMPOSED | IMPLIED
