"""The drift watch: nothing of it unless an environment asks, and no right to write or to see a Secret if one does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from components import drift_watch
from operations.drift import watch
from operations.drift.watch.record import FILE
from policies.catalogue import judge
from policies.kubernetes_object import KubernetesObject, is_object

from .conftest import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from stacks.settings import Settings

    from .registered import Environment

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def watched(register: Callable[[Settings], Environment]) -> Environment:
    return register(settings(drift={"watch": True, "schedule": "5 */2 * * *"}))


def test_an_environment_that_does_not_ask_has_nothing_of_it(environment: Environment, watched: Environment) -> None:
    more = {one.urn for one in watched.resources} - {one.urn for one in environment.resources}
    before = {one.urn: one.inputs for one in environment.resources}
    changed = {one.name for one in watched.resources if one.urn in before and before[one.urn] != one.inputs}

    assert changed == set()
    assert {urn.rpartition("::")[2] for urn in more} == {
        "images-drift-runtime", "drift", "drift-watch", "drift-watch-deny-by-default", "drift-watch-api-server",
    }  # fmt: skip


def test_it_may_list_and_nothing_else(watched: Environment) -> None:
    (cluster,) = [role for name, role in watched.objects("ClusterRole").items() if name == "slipway:drift"]
    (inside,) = [role for name, role in watched.objects("Role").items() if name == "drift"]

    assert {verb for rule in cluster["rules"] for verb in rule["verbs"]} == {"list"}
    assert inside["rules"] == [{"apiGroups": [""], "resources": ["pods/log"], "verbs": ["get"]}]
    core = [rule["resources"] for rule in cluster["rules"] if "" in rule["apiGroups"]]
    assert core == [list(drift_watch.CORE_KINDS)]
    assert not {"secrets", "*"} & set(drift_watch.CORE_KINDS)
    assert all("*" not in rule["apiGroups"] for rule in cluster["rules"])


def test_it_reaches_the_api_server_alone(watched: Environment) -> None:
    made = [one for one in watched.objects("NetworkPolicy").values() if one["metadata"]["namespace"] == "slipway-drift"]
    opened = [rule for policy in made for rule in policy["spec"].get("egress", [])]

    assert all("ingress" not in policy["spec"] for policy in made)
    assert opened == [{"to": [{"ipBlock": {"cidr": "172.31.240.3/32"}}], "ports": [{"protocol": "TCP", "port": 6443}]}]


def test_with_a_webhook_it_also_reaches_what_is_outside(register: Callable[[Settings], Environment]) -> None:
    made = register(settings(drift={"watch": True, "webhook": True})).objects("NetworkPolicy")
    (rule,) = made["webhook"]["spec"]["egress"]

    assert rule["to"][0]["ipBlock"] == {
        "cidr": "0.0.0.0/0", "except": ["10.244.0.0/16", "10.96.0.0/16", "172.31.240.0/24"],
    }  # fmt: skip


def test_runs_do_not_overlap_and_leave_little_behind(watched: Environment) -> None:
    spec = watched.objects("CronJob")["drift"]["spec"]

    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("5 */2 * * *", "Etc/UTC", "Forbid")
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (3, 3)
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 300


def test_it_keeps_the_rules(watched: Environment) -> None:
    objects = [KubernetesObject(each.inputs, each.urn) for each in watched.resources if is_object(each.inputs)]

    assert [f"{each.about}: {each.rule}: {each.text}" for each in judge(objects)] == []


def test_program_and_operations_mean_the_same_objects(watched: Environment) -> None:
    pod = watched.objects("CronJob")["drift"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    mounted = [volume["secret"]["secretName"] for volume in pod["volumes"]]

    assert (drift_watch.NAMESPACE, drift_watch.NAME) == (watch.NAMESPACE, watch.NAME)
    assert mounted == [watch.RECORDED_SECRET, watch.WEBHOOK_SECRET]
    assert FILE == "recorded.json.gz"


def test_the_image_has_what_the_watch_imports_and_no_more() -> None:
    program = (
        "import sys, operations.drift.watch.__main__;"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'operations'))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    imported = {str(Path(file).relative_to(ROOT / "operations")) for file in done.stdout.split()}
    lines = (ROOT / "operations/.dockerignore").read_text().splitlines()

    assert {line[1:] for line in lines if line.startswith("!")} == imported
