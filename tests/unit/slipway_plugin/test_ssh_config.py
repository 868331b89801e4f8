"""The way through jump hosts, as OpenSSH itself understands it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

from plugins.slipway.ansible.inventory import inventory, known_hosts
from plugins.slipway.ansible.ssh_config import ssh_config

if TYPE_CHECKING:
    from pathlib import Path

KEY = "ssh-ed25519 AAAA"
JUMP = {"address": "jump.example.org", "port": 2222, "user": "admin", "hostKey": KEY, "keyFile": "/keys/my key"}


def machine(name: str, address: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - keys of a machine
    return {"name": name, "address": address, "hostKey": KEY, **more}


def understood(text: str, host: str, directory: Path) -> dict[str, str]:
    file = directory / "ssh_config"
    file.write_text(text)
    done = subprocess.run(["ssh", "-F", str(file), "-G", host], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)


def test_machines_behind_a_jump_host_go_through_it_and_others_do_not(tmp_path: Path) -> None:
    machines = [machine("a", "10.0.0.1", jump=JUMP), machine("b", "10.0.0.2")]

    text = ssh_config(machines, tmp_path / "known_hosts", tmp_path / "key")

    assert "jump" not in inventory(machines)["all"]["hosts"]["a"]["machine"]  # roles refuse what they do not know
    assert understood(text, "10.0.0.1", tmp_path)["proxyjump"] == "jump-0"
    assert "proxyjump" not in understood(text, "10.0.0.2", tmp_path)


def test_the_jump_host_lets_in_its_own_user_and_shows_the_pinned_key_only(tmp_path: Path) -> None:
    text = ssh_config([machine("a", "10.0.0.1", jump=JUMP)], tmp_path / "known_hosts", tmp_path / "key")

    jump = understood(text, "jump-0", tmp_path)
    assert (jump["hostname"], jump["port"], jump["user"]) == ("jump.example.org", "2222", "admin")
    assert (jump["identityfile"], jump["identitiesonly"], jump["identityagent"]) == ("/keys/my key", "yes", "none")
    assert (jump["stricthostkeychecking"], jump["globalknownhostsfile"]) == ("true", "/dev/null")
    assert jump["userknownhostsfile"] == str(tmp_path / "known_hosts")
    assert "[jump.example.org]:2222 ssh-ed25519 AAAA\n" in known_hosts([machine("a", "10.0.0.1", jump=JUMP)])


def test_without_a_key_file_the_agent_is_asked(tmp_path: Path) -> None:
    jump = {key: value for key, value in JUMP.items() if key != "keyFile"}

    text = ssh_config([machine("a", "10.0.0.1", jump=jump)], tmp_path / "known_hosts", tmp_path / "key")

    assert understood(text, "jump-0", tmp_path)["identitiesonly"] == "no"


def test_a_jump_host_of_slipways_own_lets_in_the_same_key(tmp_path: Path) -> None:
    jump = {**JUMP, "keyFile": "", "ownKey": True}

    text = ssh_config([machine("a", "10.0.0.1", jump=jump)], tmp_path / "known_hosts", tmp_path / "key")

    assert understood(text, "jump-0", tmp_path)["identityfile"] == str(tmp_path / "key")
    assert understood(text, "jump-0", tmp_path)["identitiesonly"] == "yes"


def test_machines_that_are_reached_directly_need_no_configuration(tmp_path: Path) -> None:
    assert ssh_config([machine("a", "10.0.0.1")], tmp_path / "known_hosts", tmp_path / "key") == ""


def test_on_behalf_of_machines_that_are_gone_tasks_run_here() -> None:
    here = inventory([machine("a", "10.0.0.1")], here=True)["all"]["hosts"]["a"]

    assert here["ansible_connection"] == "local"
    assert here["machine"]["name"] == "a"
