"""Check and diff by schema: defaults, automatic names, and what forces a new object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.docker import container_schema, network, schema_check, schema_diff
from plugins.docker.container import Container
from plugins.docker.engine import Engine
from plugins.rpc.resource import ChangeKind, Context
from plugins.rpc.values import UNKNOWN, Secret

if TYPE_CHECKING:
    from plugins.docker.schema import Schema

CTX = Context("urn:pulumi:s::p::docker:index/container:Container::web", "docker:index/container:Container", "web")
CONTAINER, NETWORK = container_schema.SCHEMA, network.SCHEMA


def checked(schema: Schema = CONTAINER, olds: dict[str, Any] | None = None, **news: Any) -> dict[str, Any]:  # noqa: ANN401
    result = schema_check.check(schema, CTX, olds, news)
    assert not result.failures
    return result.inputs


def changed(old: dict[str, Any], new: dict[str, Any], schema: Schema = CONTAINER) -> tuple[dict[str, str], list[str]]:
    result = schema_diff.diff(schema, checked(schema, name="n", **old), checked(schema, name="n", **new))
    return {path: change.kind.name for path, change in result.detailed.items()}, list(result.replaces)


def test_defaults_are_those_of_the_bridged_provider() -> None:
    inputs = checked(name="web", image="i", ports=[{"internal": 80}])
    assert inputs["__defaults"] == [
        "attach",
        "containerReadRefreshTimeoutMilliseconds",
        "logs",
        "memoryReservation",
        "mustRun",
        "networkMode",
        "readOnly",
        "removeVolumes",
        "restart",
        "rm",
        "start",
        "stdinOpen",
        "tty",
        "wait",
        "waitTimeout",
    ]
    assert (inputs["mustRun"], inputs["restart"], inputs["waitTimeout"]) == (True, "no", 60)
    assert inputs["ports"] == [{"internal": 80, "ip": "0.0.0.0", "protocol": "tcp", "__defaults": ["ip", "protocol"]}]  # noqa: S104


def test_automatic_name_is_kept_and_a_new_one_is_made_without_olds() -> None:
    first = checked(image="i")
    assert first["name"].startswith("web-")
    assert len(first["name"]) == len("web-") + 7
    assert "name" in first["__defaults"]
    assert checked(olds=first, image="other")["name"] == first["name"]
    assert checked(image="i")["name"] != first["name"]


def test_all_failures_are_reported_together() -> None:
    news = {
        "platform": ["linux"],
        "colour": "red",
        "memory": "much",
        "ports": [{"external": 1}],
        "uploads": [{"file": 1}],
    }
    failures = {failure.property: failure.reason for failure in schema_check.check(CONTAINER, CTX, None, news).failures}
    assert set(failures) == {"platform", "colour", "memory", "ports[0].internal", "image"}
    assert failures["platform"] == "'platform' must be a string, not a list."
    assert "has no property 'colour'" in failures["colour"]


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ({"restart": "sometimes"}, "'restart' must be one of no, on-failure, always, unless-stopped."),
        ({"memory": -1}, "'memory' must be 0 or more."),
        ({"memorySwap": -2}, "'memorySwap' must be -1 or more."),
        ({"cpuSet": "all"}, "'cpuSet' must be processors such as 0-2,4."),
        ({"mounts": [{"type": "nfs", "target": "/x"}]}, "'mounts[0].type' must be one of bind, volume, tmpfs."),
        ({"healthcheck": {"interval": "1 minute"}}, "'healthcheck.interval' must be a duration such as 1m30s."),
        (
            {"uploads": [{"file": "/x", "permissions": Secret("rw-secret")}]},
            "'uploads[0].permissions' must be an octal mode such as 0644.",
        ),
    ],
)
def test_values_that_an_engine_would_refuse_are_refused_before(inputs: dict[str, Any], text: str) -> None:
    failures = schema_check.check(CONTAINER, CTX, None, {"image": "i", **inputs}).failures
    assert [failure.reason for failure in failures] == [text]


@pytest.mark.parametrize("interval", ["0s", "1m30s", "1.5s", "250ms", "0"])
def test_durations_are_taken(interval: str) -> None:
    assert checked(image="i", healthcheck={"interval": interval})["healthcheck"]["interval"] == interval


def test_unknown_values_pass_the_check() -> None:
    inputs = checked(image=UNKNOWN, ports=UNKNOWN, envs=["A=b", UNKNOWN])
    assert inputs["ports"] is UNKNOWN


def test_secrets_stay_secret_and_their_inside_is_completed() -> None:
    inputs = checked(image="i", uploads=Secret([{"file": "/x", "content": "s"}]), envs=[Secret("A=b")])
    assert inputs["uploads"].value[0]["executable"] is False
    assert inputs["envs"] == [Secret("A=b")]


@pytest.mark.parametrize(
    ("old", "new", "changes", "replaces"),
    [
        ({}, {}, {}, []),
        ({"memory": 64}, {"memory": 128}, {"memory": "UPDATE"}, []),
        ({}, {"memory": 128}, {"memory": "ADD"}, []),
        ({"restart": "always"}, {}, {"restart": "UPDATE"}, []),
        ({"hostname": "a"}, {"hostname": "b"}, {"hostname": "UPDATE_REPLACE"}, ["hostname"]),
        ({"privileged": True}, {}, {"privileged": "DELETE_REPLACE"}, ["privileged"]),
        ({"command": ["a", "b"]}, {"command": ["a", "c"]}, {"command[1]": "UPDATE_REPLACE"}, ["command"]),
        ({"envs": ["A=1", "B=2"]}, {"envs": ["B=2", "A=1"]}, {}, []),
        ({"envs": ["A=1"]}, {"envs": ["A=2"]}, {"envs": "UPDATE_REPLACE"}, ["envs"]),
        ({"envs": ["A=1"]}, {}, {}, []),  # the engine's own are kept, as in the official plugin
        ({"dns": []}, {}, {}, []),
        ({"envs": [Secret("A=1")]}, {"envs": ["A=1"]}, {}, []),
        ({}, {"image": UNKNOWN}, {"image": "UPDATE_REPLACE"}, ["image"]),
        ({"ports": [{"internal": 80}]}, {"ports": [{"internal": 80, "protocol": "tcp"}]}, {}, []),
        ({"mustRun": False}, {}, {"mustRun": "UPDATE"}, []),
        ({"tmpfs": {"/run": ""}}, {}, {"tmpfs": "DELETE"}, []),
        ({"privileged": False}, {}, {}, []),
        ({"memory": 0}, {}, {}, []),
        ({"command": ["a", ""]}, {"command": ["a"]}, {"command[1]": "DELETE_REPLACE"}, ["command"]),
    ],
)  # fmt: skip
def test_container_change(
    old: dict[str, Any], new: dict[str, Any], changes: dict[str, str], replaces: list[str]
) -> None:
    assert changed({"image": "i", **old}, {"image": "i", **new}) == (changes, replaces)


def test_sets_inside_sets_have_no_order() -> None:
    one = {"networksAdvanced": [{"name": "a", "aliases": ["x", "y"]}, {"name": "b"}]}
    other = {"networksAdvanced": [{"name": "b"}, {"name": "a", "aliases": ["y", "x"]}]}
    assert changed({"image": "i", **one}, {"image": "i", **other}) == ({}, [])


def test_every_fixed_input_of_a_container_replaces_and_no_other() -> None:
    assert len(container_schema.FIXED) == 48
    assert len(CONTAINER.properties) == 74
    assert {key for key, item in CONTAINER.properties.items() if item.replaces} == set(container_schema.FIXED)


def test_container_is_deleted_before_its_replacement_comes() -> None:
    old, new = checked(image="a"), checked(image="b")
    assert schema_diff.diff(CONTAINER, old, {**new, "name": old["name"]}).delete_before_replace


def test_network_with_a_given_name_is_deleted_first_and_one_with_an_automatic_name_last() -> None:
    given = [checked(NETWORK, name="n", driver=driver) for driver in ("bridge", "macvlan")]
    assert schema_diff.diff(NETWORK, *given).delete_before_replace
    first = checked(NETWORK, driver="bridge")
    automatic = [first, checked(NETWORK, olds=first, driver="macvlan")]
    assert schema_diff.diff(NETWORK, *automatic).replaces == ["driver"]
    assert not schema_diff.diff(NETWORK, *automatic).delete_before_replace


def test_kinds_of_a_replacement_are_marked() -> None:
    result = schema_diff.diff(NETWORK, checked(NETWORK, name="n"), checked(NETWORK, name="n", internal=True))
    assert result.detailed["internal"].kind is ChangeKind.ADD_REPLACE


def test_outputs_hold_every_input_also_those_that_nobody_set() -> None:
    inputs = checked(image="i", dns=[])
    outputs = Container(Engine()).outputs("abc", inputs, {"name": "n", "securityOpts": [], "logOpts": {}, "bridge": ""})
    assert set(outputs) == {*CONTAINER.properties, *CONTAINER.outputs, "id", "__meta"}
    assert (outputs["id"], outputs["bridge"], outputs["exitCode"]) == ("abc", "", None)
    assert (outputs["mounts"], outputs["capabilities"], outputs["cpus"]) == ([], None, None)
    assert (outputs["securityOpts"], outputs["logOpts"], outputs["dns"]) == ([], None, [])
