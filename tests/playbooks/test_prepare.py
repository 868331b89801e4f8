"""What preparing a real machine does, in the order of its life: dry run, real run, dry run is empty, drift, reset.

The tests share one machine, since booting and preparing are what costs the time.
"""

from __future__ import annotations

from typing import Any

from tests.playbooks.lab import Lab, changes, told


def test_dry_run_on_a_bare_machine_reports_and_changes_nothing(lab: Lab, worker: dict[str, Any]) -> None:
    outcome = lab.play("prepare.yml", [worker], check=True, local_volumes_count=2)
    assert outcome["successful"], told(outcome)
    assert changes(outcome) > 0
    assert lab.shell(worker, "ls /etc/slipway /var/lib/slipway /usr/local/bin 2>/dev/null || true").split() in (
        [],
        ["/usr/local/bin:"],
    )


def test_prepare_makes_a_machine_ready_to_join(lab: Lab, worker: dict[str, Any]) -> None:
    outcome = lab.play("prepare.yml", [worker], local_volumes_count=2)
    assert outcome["successful"], told(outcome)
    assert "active" in lab.shell(worker, "systemctl is-active containerd")
    assert "v1.36" in lab.shell(worker, "kubelet --version")
    assert lab.shell(worker, "ls /var/lib/slipway/volumes").split() == ["0", "1"]


def test_settings_are_in_effect_and_the_ca_is_trusted(lab: Lab, worker: dict[str, Any]) -> None:
    assert lab.shell(worker, "sysctl -n net.ipv4.ip_forward").strip() == "1"
    assert int(lab.shell(worker, "sysctl -n fs.inotify.max_user_instances")) >= 8192
    assert lab.authority.certificate_pem.splitlines()[1] in lab.shell(worker, "cat /etc/ssl/certs/ca-certificates.crt")
    assert lab.shell(worker, "systemctl list-units --failed --quiet --plain") == ""


def test_second_run_changes_nothing(lab: Lab, worker: dict[str, Any]) -> None:
    outcome = lab.play("prepare.yml", [worker], local_volumes_count=2)
    assert outcome["successful"], told(outcome)
    assert changes(outcome) == 0, outcome["changes"]


def test_dry_run_after_the_real_one_is_empty(lab: Lab, worker: dict[str, Any]) -> None:
    outcome = lab.play("prepare.yml", [worker], check=True, local_volumes_count=2)
    assert outcome["successful"], told(outcome)
    assert changes(outcome) == 0, outcome["changes"]


def test_images_come_from_the_private_registry_and_from_no_other(lab: Lab, worker: dict[str, Any]) -> None:
    hosts = lab.shell(worker, "cat /etc/containerd/certs.d/_default/hosts.toml")
    assert "registry.playbooks.slipway.internal:5000" in hosts
    assert lab.shell(worker, "stat -c %a /etc/containerd/certs.d/*/hosts.toml").split() == ["600", "600"]


def test_what_the_kubelet_reserves_leaves_the_declared_size(lab: Lab, worker: dict[str, Any]) -> None:
    settings = lab.shell(worker, "cat /etc/kubernetes/kubelet.conf.d/10-slipway.conf")
    reserved_kib = int(settings.split("memory: ")[1].split("Ki")[0])
    total_kib = int(lab.shell(worker, "grep MemTotal /proc/meminfo").split()[1])
    assert total_kib - reserved_kib == (worker["memoryMib"] + 100) * 1024  # 100 MiB is the eviction threshold


def test_ssh_takes_keys_only_and_never_root(lab: Lab, worker: dict[str, Any]) -> None:
    settings = lab.shell(worker, "sshd -T")
    assert "passwordauthentication no" in settings
    assert "permitrootlogin no" in settings


def test_drift_is_found_and_mended(lab: Lab, worker: dict[str, Any]) -> None:
    lab.shell(worker, "echo '# edited' >> /etc/containerd/config.toml")
    found = lab.play("prepare.yml", [worker], check=True, local_volumes_count=2)
    assert changes(found) > 0
    lab.play("prepare.yml", [worker], local_volumes_count=2)
    assert "# edited" not in lab.shell(worker, "cat /etc/containerd/config.toml")


def test_a_restart_that_a_killed_run_did_not_do_is_done_by_the_next(lab: Lab, worker: dict[str, Any]) -> None:
    before = lab.shell(worker, "systemctl show -P MainPID containerd")
    lab.shell(worker, "touch /etc/containerd/config.toml")  # as if written, and killed before the handler
    outcome = lab.play("prepare.yml", [worker], local_volumes_count=2)
    assert changes(outcome) > 0
    assert lab.shell(worker, "systemctl show -P MainPID containerd") != before


def test_a_machine_that_is_smaller_than_declared_is_refused(lab: Lab, worker: dict[str, Any]) -> None:
    outcome = lab.play("prepare.yml", [{**worker, "cpu": 4096}], check=True)
    assert not outcome["successful"]
    assert "declared with 4096" in outcome["failures"][0]["message"]


def test_verify_passes_and_names_a_service_that_is_down(lab: Lab, worker: dict[str, Any]) -> None:
    assert lab.play("verify.yml", [worker])["successful"]
    lab.shell(worker, "systemctl stop containerd")
    outcome = lab.play("verify.yml", [worker])
    assert "service containerd is not active" in outcome["failures"][0]["message"]
    lab.shell(worker, "systemctl start containerd")


def test_reset_leaves_nothing_of_slipway_but_the_data(lab: Lab, worker: dict[str, Any]) -> None:
    outcome = lab.play("reset.yml", [worker])
    assert outcome["successful"], told(outcome)
    assert lab.shell(worker, "ls -d /etc/slipway /usr/local/bin/kubelet /etc/containerd 2>/dev/null || true") == ""
    assert "slipway" not in lab.shell(worker, "cat /etc/hosts")
    assert lab.shell(worker, "ls /var/lib/slipway/volumes").split() == ["0", "1"]
    assert changes(lab.play("reset.yml", [worker])) == 0
