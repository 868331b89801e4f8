"""One control plane behind a load balancer and one worker, for real: start, interrupted start, join, forget, leave.

Networks of pods are not its business: nodes stay NotReady, since no CNI is installed here.
"""

from __future__ import annotations

import base64
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.playbooks.lab import Lab, changes, told
from toolchain import lookup

if TYPE_CHECKING:
    from pathlib import Path

IMAGES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "pause")
OF_PODS = "pgrep -f ^/usr/local/bin/containerd-shim-runc-v2 | xargs -rn 1 pgrep -P || true"
JOINING = "sh -s -- join"
"""How playbooks/files/start_node.sh is run."""
TAINT = "dedicated=database:NoSchedule"


@pytest.fixture(scope="module")
def machines(lab: Lab) -> dict[str, dict[str, Any]]:
    """A load balancer, a control plane and a worker, prepared."""
    lab.push(*IMAGES)
    made = {
        "balancer": lab.machine("balancer", "load-balancer"),
        "control": {**lab.machine("control-0", "control-plane"), "pool": "control-plane"},
        "database": {**lab.machine("database-0", "worker"), "labels": {"tier": "data"}, "taints": [TAINT]},
    }
    outcome = lab.play("prepare.yml", [made["control"], made["database"]])
    assert outcome["successful"], told(outcome)
    return made


@pytest.fixture(scope="module")
def settings(machines: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Variables of load_balancer.yml and control_plane.yml."""
    return {
        "load_balancer_control_planes": [{key: machines["control"][key] for key in ("name", "address")}],
        "cluster_name": "playbooks",
        "cluster_endpoint": f"{machines['balancer']['address']}:6443",
        "control_plane_encryption_key": base64.b64encode(os.urandom(32)).decode(),
    }


@pytest.fixture(scope="module")
def cluster(lab: Lab, machines: dict[str, dict[str, Any]], settings: dict[str, Any]) -> dict[str, Any]:
    """Variables of join.yml, once the cluster runs."""
    balanced = lab.play("load_balancer.yml", [machines["balancer"]], **settings)
    assert balanced["successful"], told(balanced)
    # what an interrupted start leaves behind: configuration and keys, but no cluster that was ever complete
    lab.shell(machines["control"], "mkdir -p /etc/slipway && echo '{}' > /etc/slipway/kubeadm.yaml")
    lab.shell(machines["control"], "mkdir -p /etc/kubernetes/pki && echo rubbish > /etc/kubernetes/pki/ca.crt")
    started = lab.play("control_plane.yml", [machines["control"]], **settings)
    assert started["successful"], told(started)
    return {
        **settings,
        "join_kubeconfig": started["results"]["control-0"]["kubeconfig"],
        "join_kubectl": str(lookup.executable("kubectl")),
    }


@pytest.fixture
def kubeconfig(cluster: dict[str, Any], tmp_path: Path) -> Path:
    """The administrator's kubeconfig as a file."""
    path = tmp_path / "kubeconfig"
    path.touch(mode=0o600)
    path.write_text(cluster["join_kubeconfig"])
    return path


def kubectl(cluster: dict[str, Any], kubeconfig: Path, *arguments: str) -> str:
    command = [cluster["join_kubectl"], "--kubeconfig", str(kubeconfig), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_second_start_changes_nothing(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any], settings: dict[str, Any]
) -> None:
    again = lab.play("control_plane.yml", [machines["control"]], **settings)
    assert changes(again) == 0, again["changes"]
    assert again["results"]["control-0"]["kubeconfig"] == cluster["join_kubeconfig"]
    assert changes(lab.play("load_balancer.yml", [machines["balancer"]], **settings)) == 0


def test_a_worker_joins_with_labels_taints_and_its_declared_size(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any], kubeconfig: Path
) -> None:
    joined = lab.play("join.yml", [machines["database"]], **cluster)
    assert joined["successful"], told(joined)
    path = "jsonpath={.metadata.labels.tier} {.spec.taints[?(@.key=='dedicated')].value} {.status.allocatable.memory}"
    assert kubectl(cluster, kubeconfig, "get", "node", "database-0", "-o", path) == "data database 1536Mi"


def test_second_join_changes_nothing(lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any]) -> None:
    assert changes(lab.play("join.yml", [machines["database"]], **cluster)) == 0


def test_labels_that_changed_reach_the_node(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any], kubeconfig: Path
) -> None:
    changed = {**machines["database"], "labels": {"tier": "documents"}, "taints": [TAINT, "bare:NoSchedule"]}
    assert changes(lab.play("join.yml", [changed], **cluster)) == 2  # the node, and the note of what was declared
    assert changes(lab.play("join.yml", [changed], **cluster)) == 0
    found = kubectl(cluster, kubeconfig, "get", "node", "database-0", "-o", "jsonpath={.metadata.labels.tier}")
    assert found == "documents"


def test_what_is_no_longer_declared_is_taken_from_the_node(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any], kubeconfig: Path
) -> None:
    kubectl(cluster, kubeconfig, "label", "node", "database-0", "somebody=else")
    assert lab.play("join.yml", [{**machines["database"], "labels": {}}], **cluster)["successful"]
    path = "jsonpath={.metadata.labels.tier},{.metadata.labels.somebody},{.spec.taints[*].key}"
    tier, others, taints = kubectl(cluster, kubeconfig, "get", "node", "database-0", "-o", path).split(",")
    assert (tier, others) == ("", "else")
    assert "bare" not in taints
    assert "dedicated" in taints


def test_a_node_that_was_deleted_behind_our_back_comes_back(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any], kubeconfig: Path
) -> None:
    kubectl(cluster, kubeconfig, "delete", "node", "database-0")
    outcome = lab.play("join.yml", [machines["database"]], **cluster)
    assert outcome["successful"], told(outcome)
    assert "database-0" in kubectl(cluster, kubeconfig, "get", "nodes", "-o", "name")


def test_a_kubelet_that_was_stopped_runs_again(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any]
) -> None:
    lab.shell(machines["database"], "systemctl stop kubelet.service")
    assert changes(lab.play("join.yml", [machines["database"]], **cluster)) == 1
    assert lab.shell(machines["database"], "systemctl is-active kubelet.service").strip() == "active"
    assert changes(lab.play("join.yml", [machines["database"]], **cluster)) == 0


def test_a_server_that_is_new_to_the_load_balancer_begins_as_down(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any], settings: dict[str, Any]
) -> None:
    del cluster
    balancer = machines["balancer"]
    # It answers within a millisecond, so only how it began tells the difference.
    more = {"name": "control-1", "address": machines["control"]["address"]}
    both = {"load_balancer_control_planes": [*settings["load_balancer_control_planes"], more]}
    assert lab.play("load_balancer.yml", [balancer], **{**settings, **both})["successful"]
    said = lab.shell(balancer, "journalctl --unit haproxy.service --output cat")
    assert "Server control-planes/control-1 is DOWN, changed from server-state after a reload" in said
    assert "Server control-planes/control-0 is DOWN" not in said.partition("Reloading HAProxy")[2]
    is_up = "journalctl --unit haproxy.service --output cat | grep -q 'Server control-planes/control-1 is UP'"
    lab.shell(balancer, f'timeout 10 sh -c "until {is_up}; do sleep 0.2; done"')
    assert lab.play("load_balancer.yml", [balancer], **settings)["successful"]


def test_secrets_are_encrypted_at_rest(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any], kubeconfig: Path
) -> None:
    kubectl(cluster, kubeconfig, "create", "secret", "generic", "canary", "--from-literal=word=nightingale")
    found = lab.shell(machines["control"], "grep -rc nightingale /var/lib/etcd/data/member/wal | grep -v :0 || true")
    assert found == ""


def test_pods_end_where_an_interrupted_run_had_stopped_the_kubelet_alone(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any]
) -> None:
    # kube-proxy, which tolerates every taint
    lab.shell(machines["database"], f"timeout 60 sh -c 'until ({OF_PODS}) | grep -q .; do sleep 0.5; done'")
    lab.shell(machines["database"], "systemctl stop kubelet.service")
    stopped = lab.play("leave.yml", [machines["database"]], **cluster, leave_reset=False)
    assert stopped["successful"], told(stopped)
    assert lab.shell(machines["database"], OF_PODS) == ""
    joined = lab.play("join.yml", [machines["database"]], **cluster)
    assert joined["successful"], told(joined)


def test_a_worker_leaves_and_leaving_twice_is_no_error(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any], kubeconfig: Path
) -> None:
    thrown_away = lab.play("leave.yml", [machines["database"]], **cluster, leave_reset=False)
    assert thrown_away["successful"], told(thrown_away)
    assert lab.shell(machines["database"], "systemctl is-active kubelet.service || true").strip() == "inactive"
    assert lab.shell(machines["database"], OF_PODS) == ""
    left = lab.play("leave.yml", [machines["database"]], **cluster)
    assert left["successful"], told(left)
    assert "database-0" not in kubectl(cluster, kubeconfig, "get", "nodes", "-o", "name")
    assert changes(lab.play("leave.yml", [machines["database"]], **cluster)) == 0


def test_a_join_that_an_interrupted_run_left_going_ends_before_the_cluster_forgets_its_node(
    lab: Lab, machines: dict[str, dict[str, Any]], cluster: dict[str, Any]
) -> None:
    look = f"pgrep -f '^{JOINING}$' || true"
    lab.shell(machines["database"], f"echo 'sleep 300' | setsid {JOINING} >/dev/null 2>&1 & sleep 1")
    assert lab.shell(machines["database"], look)
    left = lab.play("leave.yml", [machines["database"]], **cluster)
    assert left["successful"], told(left)
    assert lab.shell(machines["database"], look) == ""
