"""Every type has an implementation and a class for programs; a stack without AWS loads nothing of it."""

import importlib
import subprocess
import sys

import pytest

from plugins.slipway.aws import settings, types
from plugins.slipway.aws.account import Account
from tests.plugins.aws.conftest import REGION

LOAD_EVERYTHING_ELSE = """
import sys
from plugins.slipway.provider import SlipwayProvider, TYPES
provider = SlipwayProvider()
for token in TYPES:
    provider.resource(token)
print(sorted(name for name in sys.modules if name.split(".")[0] in ("boto3", "botocore")))
"""


def test_every_type_has_an_implementation_and_a_class_in_the_sdk() -> None:
    sdk = importlib.import_module("plugins.slipway.sdk.aws")
    for noun in types.RESOURCES:
        assert types.resource(types.PREFIX + noun, Account()).noun == noun
        assert hasattr(sdk, noun)


def test_a_stack_without_aws_does_not_load_boto() -> None:
    done = subprocess.run([sys.executable, "-c", LOAD_EVERYTHING_ELSE], text=True, capture_output=True, check=True)
    assert done.stdout.strip() == "[]"


def test_region_of_the_environment_is_found_under_both_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.check({}).inputs["region"] == REGION  # AWS_DEFAULT_REGION
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert settings.check({}).inputs["region"] == "eu-west-1"
    assert Account().client("ec2").meta.region_name == "eu-west-1"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert settings.check({}).inputs["region"] == "eu-west-1"
