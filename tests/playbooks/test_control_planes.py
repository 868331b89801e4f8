"""Two control planes: one leaves, and stays after all because the run that took it out was cut off before its end."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.playbooks.lab import Lab, changes, told

if TYPE_CHECKING:
    from collections.abc import Sequence

IMAGES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "pause")
NAMES = ("control-0", "control-1")
ASK_ETCD = (
    "curl -s --cacert etcd/ca.crt --cert etcd/healthcheck-client.crt --key etcd/healthcheck-client.key"
    " -d '{}' https://127.0.0.1:2379/v3/cluster/member/list"
)


@pytest.fixture(scope="module")
def machines(lab: Lab) -> list[dict[str, Any]]:
    lab.push(*IMAGES)
    made = [{**lab.machine(name, "control-plane"), "pool": "control-plane"} for name in NAMES]
    prepared = lab.play("prepare.yml", made)
    assert prepared["successful"], told(prepared)
    return made


@pytest.fixture(scope="module")
def settings(lab: Lab, machines: list[dict[str, Any]]) -> dict[str, Any]:
    """Variables of control_plane.yml, with a load balancer behind the endpoint."""
    balancer = lab.machine("doors", "load-balancer")
    backends = [{key: machine[key] for key in ("name", "address")} for machine in machines]
    balanced = lab.play("load_balancer.yml", [balancer], load_balancer_control_planes=backends)
    assert balanced["successful"], told(balanced)
    return {
        "cluster_name": "control-planes",
        "cluster_endpoint": f"{balancer['address']}:6443",
        "control_plane_encryption_key": base64.b64encode(os.urandom(32)).decode(),
    }


def _settle(lab: Lab, machines: Sequence[dict[str, Any]], settings: dict[str, Any]) -> dict[str, Any]:
    outcome = lab.play("control_plane.yml", machines, **settings)
    assert outcome["successful"], told(outcome)
    return outcome


def _kubectl(lab: Lab, machine: dict[str, Any], arguments: str) -> str:
    return lab.shell(machine, f"kubectl --kubeconfig /etc/kubernetes/admin.conf {arguments}")


def _members(lab: Lab, machine: dict[str, Any]) -> set[str]:
    answer = json.loads(lab.shell(machine, f"cd /etc/kubernetes/pki && {ASK_ETCD}"))
    return {member.get("name", "never started") for member in answer["members"]}


def test_one_that_had_left_and_is_wanted_after_all_joins_as_a_new_member(
    lab: Lab, machines: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    _settle(lab, machines, settings)
    staying, leaving = machines
    assert _members(lab, staying) == set(NAMES)
    _settle(lab, [staying], settings)  # its machine would be deleted next
    assert _members(lab, staying) == {staying["name"]}

    # Listed first, as one whose line was put back: it must not be taken for the one that lets others in.
    _settle(lab, [leaving, staying], settings)

    assert _members(lab, staying) == set(NAMES)
    assert _kubectl(lab, staying, "get nodes --output name").split() == [f"node/{name}" for name in NAMES]
    assert _kubectl(lab, leaving, "get --raw /readyz") == "ok"
    assert changes(_settle(lab, machines, settings)) == 0


def test_one_that_was_being_drained_and_is_wanted_after_all_takes_pods_again(
    lab: Lab, machines: list[dict[str, Any]], settings: dict[str, Any]
) -> None:
    _settle(lab, machines, settings)
    for command in ("cordon control-0", "cordon control-1", "annotate node control-1 slipway.io/leaving=true"):
        _kubectl(lab, machines[0], command)

    _settle(lab, machines, settings)

    cordoned = _kubectl(lab, machines[0], "get nodes --field-selector spec.unschedulable=true --output name")
    assert cordoned.split() == ["node/control-0"]  # somebody else's
    _kubectl(lab, machines[0], "uncordon control-0")
    assert changes(_settle(lab, machines, settings)) == 0
