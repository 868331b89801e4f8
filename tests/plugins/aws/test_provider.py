"""The provider's configuration: region, profile, role, endpoint, and what is told when one of them is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import UNKNOWN
from tests.plugins.aws.conftest import REGION

if TYPE_CHECKING:
    from tests.plugins.aws.broken_api import BrokenApi
    from tests.plugins.aws.engine import Engine

VPC = {"cidrBlock": "10.79.0.0/16"}
ROLE = "arn:aws:iam::123456789012:role/deployer"


async def test_role_is_taken_on_once_for_all_requests(engine: Engine, api: BrokenApi) -> None:
    await engine.configure(region=REGION, endpointUrl=api.address, roleArn=ROLE)
    await engine.create("Vpc", **VPC)
    assert [request["RoleArn"] for request in api.asked("AssumeRole")] == [ROLE]


async def test_role_that_nobody_may_take_on_is_told(engine: Engine, api: BrokenApi) -> None:
    await engine.configure(region=REGION, endpointUrl=api.address, roleArn=ROLE)
    api.fail("AssumeRole", "AccessDenied", "not you")
    with pytest.raises(ResourceFailed, match=r"(?s)sts:AssumeRole was refused with AccessDenied.*Allow the action sts"):
        await engine.create("Vpc", **VPC)


async def test_what_is_not_known_yet_leaves_previews_as_they_are(engine: Engine) -> None:
    checked = await engine.provider.check_named_config("aws", None, {"endpointUrl": UNKNOWN})
    assert not checked.failures
    await engine.provider.configure(checked.inputs)
    assert (await engine.preview("Vpc", **VPC))["tags"] is UNKNOWN
    ctx = engine.context("Vpc", "x")
    assert await engine.provider.invoke(ctx, "slipway:aws:getZones", {}) == {}


async def test_provider_that_the_engine_makes_itself_takes_the_configuration_of_the_stack(engine: Engine) -> None:
    stack = {"pools": "[]", "region": "somewhere"}
    assert (await engine.provider.check_named_config("default_0_1_0", None, stack)).inputs == stack


async def test_missing_credentials_are_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(ResourceFailed, match=r"(?s)Unable to locate credentials.*AWS_PROFILE"):
        await engine.create("Vpc", **VPC)


async def test_endpoint_that_is_away_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.slipway.aws.patience.LOST_SECONDS", 0.6)
    await engine.configure(region=REGION, endpointUrl="http://127.0.0.1:1")
    with pytest.raises(ResourceFailed, match=r"(?s)Could not connect.*AWS_ENDPOINT_URL"):
        await engine.create("Vpc", **VPC)


async def test_wrong_configuration_is_told_before_anything_is_asked(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refusals(**variables: Any) -> dict[str, str]:  # noqa: ANN401
        checked = await engine.provider.check_named_config("aws", None, variables)
        return {failure.property: failure.reason for failure in checked.failures}

    assert set(await refusals(region="Frankfurt", roleArn="admin", zone="a")) == {"region", "roleArn", "zone"}
    assert "could not be found" in (await refusals(profile="nobody"))["profile"]
    checked = await engine.provider.check_named_config("aws", None, {"defaultTags": '{"a": "b"}'})
    assert checked.inputs["region"] == REGION
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "AWS_REGION" in (await refusals())["region"]


async def test_another_region_replaces_everything(engine: Engine) -> None:
    diff = await engine.provider.diff_config(
        {"region": REGION, "profile": "a"}, {"region": "us-east-1", "profile": "b"}
    )
    assert (list(diff.replaces), set(diff.detailed)) == (["region"], {"region", "profile"})
