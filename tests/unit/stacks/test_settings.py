"""What an environment file may say, and what people are told when it says something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.machine_plans import host_plans
from stacks.settings import Settings, SettingsError, load_file, parse

CASES = yaml.safe_load((Path(__file__).parent / "mistakes.yaml").read_text())
GOOD: dict[str, Any] = {
    "place": "containers",
    "pools": [{"name": "general", "size": 2}, {"name": "database", "size": 1}],
}
DIGEST = "sha256:" + "0" * 64


def _entries(changes: dict[str, Any]) -> dict[str, Any]:
    merged = {**GOOD, **changes}
    return {f"slipway:{key}": value for key, value in merged.items() if value is not None}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_mistakes_are_all_reported_together(case: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(_entries(case["entries"]), "environments/Pulumi.x.yaml")

    problems = caught.value.problems
    keys = [fragment for fragment in case["only"] if fragment.startswith("slipway:")]
    assert [fragment for fragment in case["only"] if not any(fragment in problem for problem in problems)] == []
    assert len(problems) == max(len(keys), 1), problems
    assert "environments/Pulumi.x.yaml has" in str(caught.value)
    assert all(problem in str(caught.value) for problem in problems)


def test_every_mistake_says_what_was_expected() -> None:
    for case in CASES:
        with pytest.raises(SettingsError) as caught:
            parse(_entries(case["entries"]), "x")
        for problem in caught.value.problems:
            assert "expected" in problem or "remove it" in problem, problem


def test_committed_environments_are_right() -> None:
    files = (Path(__file__).parents[3] / "environments").glob("Pulumi.*.yaml")
    places = {path.name: load_file(path).place for path in files}

    assert places == {"Pulumi.aws-emulated.yaml": "aws", "Pulumi.local.yaml": "containers"}


def test_hosts_decide_how_many_machines_there_are() -> None:
    hosts = [
        {"name": name, "address": f"10.0.0.{index}", "pool": pool}
        for index, (name, pool) in enumerate(
            [("f", "load-balancer"), ("c", "control-plane"), ("d", "database"), ("g1", "general"), ("g2", "general")], 1
        )
    ]
    pools = [{"name": "general"}, {"name": "database"}]

    parsed = parse(_entries({"place": "ssh", "ssh": {"user": "admin"}, "pools": pools, "hosts": hosts}), "x")

    assert [pool.size for pool in parsed.pools] == [2, 1]
    assert parsed.control_plane.count == 1
    assert [plan.name for plan in host_plans(parsed)] == ["f", "c", "g1", "g2", "d"]
    assert {plan.name: plan.roles for plan in host_plans(parsed)}["d"] == ("worker",)


def test_engine_passes_lists_and_mappings_as_json() -> None:
    passed = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in _entries({"api": {"replicas": 3}}).items()
    }

    assert parse(passed, "x") == parse(_entries({"api": {"replicas": 3}}), "x")


def test_mongodb_is_possible_with_an_image() -> None:
    database = {"engine": "mongodb", "image": f"library/mongo@{DIGEST}"}

    assert parse(_entries({"database": database}), "x").database.image == f"library/mongo@{DIGEST}"


def test_a_soft_taint_keeps_a_pool_open() -> None:
    pools = [{"name": "database", "size": 1, "taints": ["a=b:PreferNoSchedule"]}]

    assert parse(_entries({"pools": pools}), "x").pools[0].size == 1


def test_keys_of_other_tools_are_left_alone() -> None:
    assert isinstance(parse({**_entries({}), "kubernetes:context": "x", "aws:region": "y"}, "x"), Settings)


def test_key_without_namespace_is_a_mistake() -> None:
    with pytest.raises(SettingsError, match="'network' has no namespace; expected slipway:network"):
        parse({**_entries({}), "network": "10.0.0.0/24"}, "x")


@pytest.mark.parametrize("name", ["Local", "my_stack", "-a", "a" * 33])
def test_name_that_is_no_dns_label_is_a_mistake(name: str) -> None:
    with pytest.raises(SettingsError, match=f"'{name}' cannot be an environment; expected"):
        parse(_entries({}), "x", environment=name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("config: [", "is no YAML"),
        ("- a\n", "has no configuration; expected 'config:'"),
        ("config: 3\n", "has no configuration; expected 'config:'"),
        ("config:\n  slipway:place: a\n  slipway:place: b\n", "'slipway:place' stands twice (line 3)"),
        ("", "slipway:pools: is missing"),
        (b"\xff\xfe\x00", "is no YAML"),
    ],
)
def test_file_that_cannot_be_understood_is_named(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = tmp_path / "Pulumi.broken.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(SettingsError) as caught:
        load_file(path)

    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_file(tmp_path / "Pulumi.none.yaml")
