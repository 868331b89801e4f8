"""The policy in the documentation allows every action that the code can ask for, and no other."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import botocore.session

ROOT = Path(__file__).parents[3]
SERVICES = {"ec2": "ec2", "iam": "iam"}
# Not asked for by name: EC2 checks these when a machine is launched, a thing is tagged at its creation, a key imported.
IMPLIED = {"iam:PassRole", "iam:CreateServiceLinkedRole"}
# Names that the code puts together.
COMPOSED = {
    f"ec2:{verb}{direction}"
    for verb in ("AuthorizeSecurityGroup", "RevokeSecurityGroup", "UpdateSecurityGroupRuleDescriptions")
    for direction in ("Ingress", "Egress")
} | {f"iam:{verb}{kind}" for verb in ("Tag", "Untag") for kind in ("Role", "InstanceProfile")}


def documented() -> set[str]:
    text = (ROOT / "docs" / "aws-resources.md").read_text(encoding="utf-8")
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block
    actions = [statement["Action"] for statement in json.loads(block[1])["Statement"]]
    listed = {action for entry in actions for action in ([entry] if isinstance(entry, str) else entry)}
    return {action for action in listed if action.partition(":")[0] in SERVICES}


def asked() -> set[str]:
    """Return the action of every text in the code that is the name of a method of boto's."""
    session = botocore.session.get_session()
    methods: dict[str, str] = {}
    for service, prefix in SERVICES.items():
        client = session.create_client(service, region_name="eu-central-1")
        methods |= {name: f"{prefix}:{action}" for name, action in client.meta.method_to_api_mapping.items()}
    texts: set[str] = set()
    for path in (ROOT / "plugins" / "slipway" / "aws").rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        texts |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {methods[text] for text in texts if text in methods}


def test_policy_in_the_documentation_is_what_the_code_asks_for() -> None:
    assert documented() == asked() | COMPOSED | IMPLIED
