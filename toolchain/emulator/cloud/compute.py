"""What AWS does in EC2 and ministack leaves out: launch templates, client tokens, zones, user data, sizes of types.

It deliberately edits requests and records and leaves the answering to ministack.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from toolchain.emulator.cloud import ministack_internals as ministack
from toolchain.emulator.cloud.cloud_config import UserDataError, first_boot
from toolchain.emulator.cloud.instance_types import SIZES
from toolchain.emulator.cloud.ministack_internals import first

if TYPE_CHECKING:
    from toolchain.emulator.cloud.ministack_internals import Action, Answer, Parameters

_ID = re.compile(r"<instanceId>(i-[0-9a-f]+)</instanceId>")
_TEMPLATE = "LaunchTemplate"


def complete() -> None:
    """Put the missing parts around ministack's actions."""
    actions = ministack.ec2_actions
    actions["RunInstances"] = RunInstances(actions["RunInstances"])
    actions["DescribeInstanceTypes"] = _with_sizes(actions["DescribeInstanceTypes"])
    actions["DescribeInstanceAttribute"] = _with_user_data(actions["DescribeInstanceAttribute"])


class RunInstances:
    """RunInstances with launch templates, client tokens, and zones that are those of the subnets."""

    def __init__(self, launch: Action) -> None:
        self._launch = launch
        self._answers: dict[str, Answer] = {}

    def __call__(self, parameters: Parameters) -> Answer:
        """Launch, or answer as before to a token that was used before."""
        token = first(parameters, "ClientToken")
        if token in self._answers:
            return self._answers[token]
        try:
            asked = with_template(parameters)
        except LookupError as error:
            return ministack.ec2_error("InvalidLaunchTemplateId.NotFound", str(error), 400)
        if problem := _problem(asked):
            return problem
        answer = self._launch(asked)
        if answer[0] != 200:  # noqa: PLR2004 - OK
            return answer
        answer = _in_zone_of_subnet(answer)
        if token:
            self._answers[token] = answer
        return answer


def with_template(parameters: Parameters) -> Parameters:
    """Return the parameters of a launch with what its template says added; what the request says itself wins.

    Raises:
        LookupError: There is no such template, or no such version of it.
    """
    if not any(name.startswith(f"{_TEMPLATE}.") for name in parameters):
        return parameters
    data = _template_data(parameters)
    added: dict[str, Any] = {
        name: data[name] for name in ("ImageId", "InstanceType", "KeyName", "UserData") if name in data
    }
    for number, group in enumerate(data.get("SecurityGroupIds") or (), 1):
        added[f"SecurityGroupId.{number}"] = group
    for name, value in (data.get("IamInstanceProfile") or {}).items():
        added[f"IamInstanceProfile.{name}"] = value
    if "SecurityGroupId.1" in parameters:
        added = {name: value for name, value in added.items() if not name.startswith("SecurityGroupId.")}
    return {**added, **_tags(data, parameters), **parameters}


def _template_data(parameters: Parameters) -> dict[str, Any]:
    wanted = first(parameters, f"{_TEMPLATE}.LaunchTemplateId"), first(parameters, f"{_TEMPLATE}.LaunchTemplateName")
    template = next(
        (
            item
            for item in ministack.launch_templates.values()
            if {item["LaunchTemplateId"], item["LaunchTemplateName"]} & set(wanted)
        ),
        None,
    )
    if template is None:
        raise LookupError(f"The specified launch template, with template ID {wanted[0] or wanted[1]}, does not exist.")
    version = first(parameters, f"{_TEMPLATE}.Version") or "$Default"
    numbers = {"$Latest": template["LatestVersionNumber"], "$Default": template["DefaultVersionNumber"]}
    number = str(numbers.get(version, version))
    for item in template["Versions"]:
        if str(item["VersionNumber"]) == number:
            return dict(item["LaunchTemplateData"])
    raise LookupError(f"Could not find the specified version {version} of {template['LaunchTemplateId']}.")


def _tags(data: dict[str, Any], parameters: Parameters) -> dict[str, str]:
    """Return the template's tags of instances as parameters behind those of the request, which win."""
    own = {
        first(parameters, name) for name in parameters if re.fullmatch(r"TagSpecification\.\d+\.Tag\.\d+\.Key", name)
    }
    number = 1 + len([name for name in parameters if re.fullmatch(r"TagSpecification\.\d+\.ResourceType", name)])
    tags = [
        tag
        for specification in data.get("TagSpecifications") or ()
        if specification.get("ResourceType") == "instance"
        for tag in specification.get("Tags") or ()
        if tag["Key"] not in own
    ]
    # ministack keeps the last specification of a kind only, so all tags of instances must be in one.
    place = next(
        (
            name.split(".")[1]
            for name in parameters
            if name.endswith(".ResourceType") and first(parameters, name) == "instance"
        ),
        str(number),
    )
    begin = 1 + len([name for name in parameters if re.fullmatch(rf"TagSpecification\.{place}\.Tag\.\d+\.Key", name)])
    added = {f"TagSpecification.{place}.ResourceType": "instance"} if tags else {}
    for offset, tag in enumerate(tags, begin):
        added[f"TagSpecification.{place}.Tag.{offset}.Key"] = tag["Key"]
        added[f"TagSpecification.{place}.Tag.{offset}.Value"] = tag["Value"]
    return added


def _problem(parameters: Parameters) -> Answer | None:
    """Tell what AWS would refuse before it launches anything."""
    kind = first(parameters, "InstanceType")
    if kind and kind not in SIZES:
        return ministack.ec2_error(
            "InvalidInstanceType", f"The following supplied instance types do not exist: [{kind}]", 400
        )
    subnet = first(parameters, "SubnetId")
    if subnet and subnet not in ministack.subnets:
        return ministack.ec2_error("InvalidSubnetID.NotFound", f"The subnet ID '{subnet}' does not exist", 400)
    key = first(parameters, "KeyName")
    if key and key not in ministack.key_pairs:
        return ministack.ec2_error("InvalidKeyPair.NotFound", f"The key pair '{key}' does not exist", 400)
    try:
        first_boot(first(parameters, "UserData"), "")
    except UserDataError as error:
        return ministack.ec2_error("InvalidParameterValue", str(error), 400)
    return None


def _in_zone_of_subnet(answer: Answer) -> Answer:
    text = answer[2].decode()
    for instance_id in _ID.findall(text):
        instance = ministack.instances[instance_id]
        zone = (ministack.subnets.get(instance["SubnetId"]) or {}).get("AvailabilityZone")
        if zone:
            text = text.replace(instance["Placement"]["AvailabilityZone"], zone)
            instance["Placement"]["AvailabilityZone"] = zone
    return answer[0], answer[1], text.encode()


def _with_sizes(describe: Action) -> Action:
    def act(parameters: Parameters) -> Answer:
        names = [first(parameters, name) for name in parameters if re.fullmatch(r"InstanceType\.\d+", name)]
        if unknown := [name for name in names if name not in SIZES]:
            text = f"The following supplied instance types do not exist: [{', '.join(unknown)}]"
            return ministack.ec2_error("InvalidInstanceType", text, 400)
        status, headers, body = describe(parameters)
        items = re.split(r"(?=<item>\s*<instanceType>)", body.decode())
        return status, headers, "".join(_sized(item) for item in items).encode()

    return act


def _sized(item: str) -> str:
    name = re.search(r"<instanceType>([^<]+)</instanceType>", item)
    size = SIZES.get(name.group(1)) if name else None
    if size is None:
        return item
    item = re.sub(r"<(defaultVCpus|defaultCores)>\d+<", rf"<\g<1>>{size.vcpus}<", item)
    return re.sub(r"<sizeInMiB>\d+<", f"<sizeInMiB>{size.memory_mib}<", item)


def _with_user_data(describe: Action) -> Action:
    def act(parameters: Parameters) -> Answer:
        status, headers, body = describe(parameters)
        instance = ministack.instances.get(first(parameters, "InstanceId")) or {}
        value = f"<userData><value>{instance.get('UserData', '')}</value></userData>"
        return status, headers, body.replace(b"<userData/>", value.encode())

    return act
