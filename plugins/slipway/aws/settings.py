"""What an ``AwsProvider`` is told: region, profile, role, endpoint and tags. Credentials are never among it.

It connects nowhere; what is absent, boto finds where AWS's own tools look for it.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.resource import CheckResult, DiffResult, Failure
from plugins.rpc.schema import STRING, STRINGS
from plugins.rpc.schema_check import InputCheck
from plugins.rpc.schema_diff import compare
from plugins.rpc.values import contains_unknown, reveal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.rpc.resource import Properties

PROPERTIES: Final = {
    # Everything in the state lives in its region: another one is another world.
    "region": STRING.forces.matching(r"[a-z]{2,}(-[a-z]+)+-\d+", "the name of a region, such as eu-central-1"),
    "profile": STRING,
    "roleArn": STRING.matching(r"arn:[a-z-]+:iam::\d{12}:role/.+", "the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME"),
    "endpointUrl": STRING.matching(r"https?://\S+", "an http or https URL"),
    "defaultTags": STRINGS,
}
# What the SDK itself adds to the inputs of a provider.
_OF_THE_SDK: Final = frozenset({"version", "pluginDownloadURL"})


@dataclass(frozen=True)
class Settings:
    """The configuration of one provider instance; '' is what was not given."""

    region: str = ""
    profile: str = ""
    role_arn: str = ""
    endpoint_url: str = ""
    default_tags: Mapping[str, str] = field(default_factory=dict)
    known: bool = True
    """False in a preview in which some part will be known only after other resources exist."""

    @classmethod
    def of(cls, variables: Properties) -> Settings:
        """Read a provider's inputs; those of the stack's own configuration are none of AWS's business."""
        if contains_unknown({key: variables.get(key) for key in PROPERTIES}):
            return cls(known=False)
        given = _parsed(variables)
        return cls(
            region=given.get("region") or "",
            profile=given.get("profile") or "",
            role_arn=given.get("roleArn") or "",
            endpoint_url=given.get("endpointUrl") or "",
            default_tags=given.get("defaultTags") or {},
        )


def _parsed(variables: Properties) -> dict[str, Any]:
    """Take the inputs that are meant; a map comes as JSON text from the SDK, and as it is from YAML."""
    given = {key: value for key, value in reveal(variables).items() if key in PROPERTIES}
    if isinstance(tags := given.get("defaultTags"), str):
        try:
            given["defaultTags"] = json.loads(tags)
        except ValueError:
            return given
    return given


def check(news: Properties) -> CheckResult:
    """Validate the inputs of an explicit provider, and pin the region that the environment names.

    A region that only an environment variable tells would let the next run look for everything elsewhere.
    """
    given = {key: value for key, value in news.items() if key not in _OF_THE_SDK}
    judgement = InputCheck("provider of AWS", "docs/aws-resources.md")
    judgement.complete(PROPERTIES, {**given, **_parsed(given)})
    failures, region = list(judgement.failures), ""
    if not failures and not given.get("region") and not contains_unknown(given):
        region, failure = _ambient_region(Settings.of(given))
        failures += [failure] if failure else []
    return CheckResult({**news, "region": region} if region else news, failures)


def _ambient_region(settings: Settings) -> tuple[str, Failure | None]:
    import botocore.session  # noqa: PLC0415 - a stack without AWS must not pay for it
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - likewise

    session = botocore.session.Session(profile=settings.profile or None)
    try:
        session.get_scoped_config()  # a region in the environment would hide that the profile does not exist
        # Both names, in the order of AWS's other tools; botocore knows the second one alone.
        found = os.environ.get("AWS_REGION") or session.get_config_variable("region")
    except BotoCoreError as error:
        return "", Failure("profile", f"{error}. See 'aws configure list-profiles', or set AWS_PROFILE.")
    if not found:
        return "", Failure("region", "No region is given: set 'region' here, AWS_REGION, or one in ~/.aws/config.")
    return str(found), None


def diff(old_inputs: Properties, news: Properties) -> DiffResult:
    """Say that everything must be replaced only when the region is another one."""
    detailed, replaces = compare(PROPERTIES, _parsed(old_inputs), _parsed(news))
    return DiffResult(bool(detailed), replaces, detailed=detailed)
