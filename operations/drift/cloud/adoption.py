"""The key of an environment's file that would keep what was found in AWS, and how a stranger joins the program.

It is pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from operations.drift.finding import Change

if TYPE_CHECKING:
    from operations.drift.finding import Finding
    from operations.drift.recorded import RecordedState

ADMINISTRATORS = re.compile(r"ingress tcp (?:22|6443) (?P<cidr>\d+\.\d+\.\d+\.\d+/\d+)")
"""Rules that follow from `aws.adminCidrs`: SSH to the bastion, and the Kubernetes API."""
OPEN_TO_ADMINISTRATORS = ("group-bastion", "group-load-balancer")
SIZES = {"instanceType": "instanceType", "rootVolume.sizeGib": "diskGib"}
TEMPLATE = "-template"
IDENTIFIER = re.compile(r"\((?P<id>[a-z]+-[0-9a-f]+)\)$")


def environment_key(finding: Finding, state: RecordedState, settings: dict[str, Any]) -> str | None:
    """Return the key and its new value, where the environment's file decides on it."""
    name = finding.urn.rpartition("::")[2]
    if finding.kind == "SecurityGroup" and name in OPEN_TO_ADMINISTRATORS:
        rule = ADMINISTRATORS.fullmatch(finding.property)
        return rule and f"aws.adminCidrs: {'without' if finding.change is Change.MISSING else 'with'} {rule['cidr']}"
    if finding.kind == "LaunchTemplate" and finding.property in SIZES and name.endswith(TEMPLATE):
        return _size_key(name.removesuffix(TEMPLATE), finding, state, settings)
    if finding.kind == "EcrRepository" and finding.property == "lifecycle.keepTagged":
        return f"aws.keepImages: {finding.now}"
    return None


def _size_key(machine: str, finding: Finding, state: RecordedState, settings: dict[str, Any]) -> str | None:
    found = next((one for one in state.outputs.get("nodes") or () if one["name"] == machine), None)
    if found is None:
        return None
    if "worker" not in found["roles"]:
        return f"controlPlane.{SIZES[finding.property]}: {finding.now}"
    names = [pool.get("name") for pool in settings.get("pools") or ()]
    if found["pool"] not in names:
        return None
    whole = f"  # for all machines of the pool '{found['pool']}' that are made later"
    return f"pools[{names.index(found['pool'])}].{SIZES[finding.property]}: {finding.now}{whole}"


def unrecorded(finding: Finding) -> str:
    """Say how something that nobody recorded becomes part of the program."""
    found = IDENTIFIER.search(finding.resource)
    identifier = found["id"] if found else finding.resource
    where = f"declare a {finding.kind} in stacks/cloud_ground.py or components/cloud/"
    if finding.kind in ("NetworkInterface", "VpcPeeringConnection"):
        return f"slipway has no resource for a {finding.kind}: remove {identifier}, or ignore it for a while"
    return f"{where}, then: pulumi import slipway:aws:{finding.kind} NAME {identifier}"
