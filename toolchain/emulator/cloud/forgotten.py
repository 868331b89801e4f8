"""What ministack does not keep of a request to EC2, and so could not tell later: kept here, and put into its answers.

A resource that is described otherwise than it was made would be made anew, or changed, in every run.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from toolchain.emulator.cloud import ministack_internals as ministack
from toolchain.emulator.cloud.ministack_internals import first

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from toolchain.emulator.cloud.ministack_internals import Action, Answer, Parameters

OK = 200
_IMAGE = re.compile(r"<imageId>([^<]+)</imageId>")
_VERSION = re.compile(
    r"<launchTemplateId>(?P<id>[^<]+)</launchTemplateId>(?P<between>.*?)"
    r"<versionNumber>(?P<number>\d+)</versionNumber>(?P<rest>.*?)</launchTemplateData>",
    re.DOTALL,
)


def complete() -> None:
    """Put the missing parts around ministack's actions."""
    actions = ministack.ec2_actions
    actions["ImportKeyPair"] = _importing_keys(actions["ImportKeyPair"])
    actions["DescribeKeyPairs"] = _describe_key_pairs
    dates: dict[str, str] = {}
    actions["RegisterImage"] = _dating(actions["RegisterImage"], dates)
    actions["DescribeImages"] = _with_dates(actions["DescribeImages"], dates)
    actions["DescribeNatGateways"] = _with_addresses(actions["DescribeNatGateways"])
    for name in ("CreateLaunchTemplate", "CreateLaunchTemplateVersion"):
        actions[name] = _keeping_market_options(actions[name])
    actions["DescribeLaunchTemplateVersions"] = _with_market_options(actions["DescribeLaunchTemplateVersions"])
    for direction, rules in (("Ingress", "IpPermissions"), ("Egress", "IpPermissionsEgress")):
        actions[f"UpdateSecurityGroupRuleDescriptions{direction}"] = _describing_rules(direction, rules)


def _dating(register: Action, dates: dict[str, str]) -> Action:
    def act(parameters: Parameters) -> Answer:
        answer = register(parameters)
        if match := _IMAGE.search(answer[2].decode()):
            dates[match[1]] = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return answer

    return act


def _with_dates(describe: Action, dates: dict[str, str]) -> Action:
    def put(match: re.Match[str]) -> str:
        date = dates.get(match[1])
        return f"{match[0]}<creationDate>{date}</creationDate>" if date else match[0]

    def act(parameters: Parameters) -> Answer:
        status, headers, body = describe(parameters)
        return status, headers, _IMAGE.sub(put, body.decode()).encode()

    return act


def _importing_keys(import_key: Action) -> Action:
    def act(parameters: Parameters) -> Answer:
        name = first(parameters, "KeyName")
        if name in ministack.key_pairs:
            return ministack.ec2_error("InvalidKeyPair.Duplicate", f"The key pair '{name}' already exists", 400)
        answer = import_key(parameters)
        if key := ministack.key_pairs.get(name):
            key["PublicKeyMaterial"] = base64.b64decode(first(parameters, "PublicKeyMaterial")).decode().strip()
            ministack.save_tags(parameters, "key-pair", key["KeyPairId"])
        return answer

    return act


def _describe_key_pairs(parameters: Parameters) -> Answer:
    items, pairs = [], list(ministack.key_pairs.values())
    for prefix, key, code in (("KeyPairId", "KeyPairId", "InvalidKeyPairId"), ("KeyName", "KeyName", "InvalidKeyPair")):
        wanted = [first(parameters, name) for name in parameters if re.fullmatch(rf"{prefix}\.\d+", name)]
        if unknown := set(wanted) - {pair[key] for pair in pairs}:
            return ministack.ec2_error(f"{code}.NotFound", f"The key pair '{min(unknown)}' does not exist", 400)
        pairs = [pair for pair in pairs if not wanted or pair[key] in wanted]
    for pair in pairs:
        tags = {tag["Key"]: tag["Value"] for tag in ministack.tags.get(pair["KeyPairId"]) or ()}
        if all(_passes(name, values, pair, tags) for name, values in _filters(parameters)):
            items.append(_key_pair(pair, tags))
    return ministack.ec2_answer(OK, "DescribeKeyPairsResponse", f"<keySet>{''.join(items)}</keySet>")


def _filters(parameters: Parameters) -> Iterator[tuple[str, list[str]]]:
    for name in parameters:
        if match := re.fullmatch(r"Filter\.(\d+)\.Name", name):
            prefix = f"Filter.{match.group(1)}.Value."
            yield first(parameters, name), [first(parameters, key) for key in parameters if key.startswith(prefix)]


def _passes(name: str, values: list[str], pair: Mapping[str, str], tags: Mapping[str, str]) -> bool:
    if name.startswith("tag:"):
        return tags.get(name.removeprefix("tag:")) in values
    if name == "tag-key":
        return bool(set(values) & set(tags))
    return pair["KeyName"] in values if name == "key-name" else True


def _key_pair(pair: Mapping[str, str], tags: Mapping[str, str]) -> str:
    fields = {
        "keyPairId": pair["KeyPairId"],
        "keyName": pair["KeyName"],
        "keyFingerprint": pair["KeyFingerprint"],
        "publicKey": pair.get("PublicKeyMaterial", ""),
        "keyType": "ed25519" if "ed25519" in pair.get("PublicKeyMaterial", "") else "rsa",
    }
    known = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    listed = "".join(
        f"<item><key>{escape(key)}</key><value>{escape(value)}</value></item>" for key, value in tags.items()
    )
    return f"<item>{known}<tagSet>{listed}</tagSet></item>"


def _with_addresses(describe: Action) -> Action:
    def act(parameters: Parameters) -> Answer:
        status, headers, body = describe(parameters)
        items = re.split(r"(?=<item>\s*<natGatewayId>)", body.decode())
        return status, headers, "".join(_addressed(item) for item in items).encode()

    return act


def _addressed(item: str) -> str:
    match = re.search(r"<natGatewayId>([^<]+)</natGatewayId>", item)
    gateway = ministack.nat_gateways.get(match.group(1)) if match else None
    address = ministack.addresses.get((gateway or {}).get("AllocationId"))
    if address is None:
        return item
    inner = f"<allocationId>{address['AllocationId']}</allocationId><publicIp>{address['PublicIp']}</publicIp>"
    addressed = f"<natGatewayAddressSet><item>{inner}</item></natGatewayAddressSet>"
    return item.replace("<natGatewayAddressSet/>", addressed)


def _keeping_market_options(create: Action) -> Action:
    def act(parameters: Parameters) -> Answer:
        answer = create(parameters)
        prefix = "LaunchTemplateData.InstanceMarketOptions."
        match = re.search(r"<launchTemplateId>([^<]+)</launchTemplateId>", answer[2].decode())
        if answer[0] == OK and match:
            template = ministack.launch_templates[match.group(1)]
            template.pop("Tags", None)  # those of its making, which would hide the ones it is given later
            template["Versions"][-1]["LaunchTemplateData"]["InstanceMarketOptions"] = {
                name.removeprefix(prefix): first(parameters, name) for name in parameters if name.startswith(prefix)
            }
        return answer

    return act


def _with_market_options(describe: Action) -> Action:
    def put(match: re.Match[str]) -> str:
        template = ministack.launch_templates[match["id"]]
        version = next(item for item in template["Versions"] if str(item["VersionNumber"]) == match["number"])
        options: dict[str, Any] = version["LaunchTemplateData"].get("InstanceMarketOptions") or {}
        if not options:
            return match[0]
        price = options.get("SpotOptions.MaxPrice")
        spot = f"<spotOptions><maxPrice>{escape(price)}</maxPrice></spotOptions>" if price else ""
        kind = f"<marketType>{escape(options['MarketType'])}</marketType>"
        end = "</launchTemplateData>"
        return f"{match[0].removesuffix(end)}<instanceMarketOptions>{kind}{spot}</instanceMarketOptions>{end}"

    def act(parameters: Parameters) -> Answer:
        status, headers, body = describe(parameters)
        return status, headers, _VERSION.sub(put, body.decode()).encode()

    return act


def _describing_rules(direction: str, rules: str) -> Action:
    def act(parameters: Parameters) -> Answer:
        name = first(parameters, "GroupId")
        group = ministack.security_groups.get(name)
        if group is None:
            return ministack.ec2_error("InvalidGroup.NotFound", f"Security group {name} not found", 400)
        for wanted in ministack.rules_of(parameters, "IpPermissions"):
            group[rules] = [wanted if ministack.is_same_rule(rule, wanted) else rule for rule in group[rules]]
        answer = f"UpdateSecurityGroupRuleDescriptions{direction}Response"
        return ministack.ec2_answer(OK, answer, "<return>true</return>")

    return act
