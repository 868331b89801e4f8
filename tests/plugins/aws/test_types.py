"""Every type has an implementation and a class for programs; a stack without AWS loads nothing of it."""

import importlib
import subprocess
import sys

from plugins.slipway.aws import types
from plugins.slipway.aws.account import Account

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
