"""User data of an instance: what is understood, and that everything else is refused by name."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from toolchain.emulator.cloud.cloud_config import STAGE, UserDataError, first_boot

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = {
    "hostname": "general-0",
    "ssh_deletekeys": True,
    "ssh_genkeytypes": [],
    "ssh_keys": {"ed25519_private": "PRIVATE", "ed25519_public": "ssh-ed25519 BBBB b"},
    "ssh_pwauth": False,
    "disable_root": True,
    "users": [
        {
            "name": "slipway",
            "shell": "/bin/bash",
            "sudo": "ALL=(ALL) NOPASSWD:ALL",
            "lock_passwd": True,
            "ssh_authorized_keys": ["ssh-ed25519 AAAA a"],
        }
    ],
}


def encoded(config: object) -> str:
    return base64.b64encode(f"#cloud-config\n{yaml.safe_dump(config)}".encode()).decode()


def script(config: object, key: str = "") -> str:
    boot = first_boot(encoded(config), key)
    return boot.files[boot.script][0].decode()


def test_what_slipway_tells_its_machines_is_understood() -> None:
    boot = first_boot(encoded(MACHINE), "")
    assert boot.hostname == "general-0"
    assert boot.files["/etc/ssh/ssh_host_ed25519_key"] == (b"PRIVATE\n", 0o600)
    assert boot.files["/etc/ssh/ssh_host_ed25519_key.pub"] == (b"ssh-ed25519 BBBB b\n", 0o644)
    commands = boot.files[boot.script][0].decode()
    assert "ssh-ed25519 AAAA a" in commands
    assert "/etc/sudoers.d/90-slipway" in commands
    assert "PRIVATE" not in commands


def test_without_user_data_the_default_user_has_the_key_of_the_pair() -> None:
    boot = first_boot("", "ssh-ed25519 AAAA pair")
    commands = boot.files[boot.script][0].decode()
    assert "useradd --create-home --password '*' --shell /bin/bash admin" in commands
    assert "ssh-ed25519 AAAA pair" in commands


def test_named_users_replace_the_default_one() -> None:
    assert "admin" not in script({"users": [{"name": "operator"}]}, key="ssh-ed25519 AAAA pair")
    assert "admin" in script({"users": ["default", {"name": "operator"}]})


def test_what_a_user_data_text_holds_is_never_run() -> None:
    hostile = "x'; touch /tmp/harm; echo '"
    users = [{"name": hostile, "ssh_authorized_keys": [hostile], "sudo": hostile, "groups": hostile}]
    text = script({"users": users, "write_files": [{"path": hostile, "content": hostile, "owner": hostile}]})
    tokens = subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False)
    assert tokens.returncode == 0, tokens.stderr
    assert not [line for line in text.splitlines() if line.startswith("touch")]
    assert "; touch /tmp/harm; echo ''" not in text.replace("'\"'\"'", "")


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"runcmd": ["reboot"]}, "runcmd is not understood"),
        ({"users": [{"name": "a", "uid_map": 1}]}, "uid_map in users"),
        ({"users": ["somebody"]}, "an entry of users must be keys and values"),
        ({"write_files": [{"path": "/a", "append": True}]}, "append in write_files"),
        ({"write_files": [{"path": "/a", "encoding": "gz+b64"}]}, "encoding gz"),
        ({"ssh_keys": {"rsa_private": "k"}}, "not rsa_private"),
        (["a list"], "must be keys and values"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(config: object, text: str) -> None:
    with pytest.raises(UserDataError, match=text):
        first_boot(encoded(config), "")


@pytest.mark.parametrize(
    ("user_data", "text"),
    [
        (base64.b64encode(b"#!/bin/sh\nreboot").decode(), "must begin with #cloud-config"),
        ("no base64!", "not text in base64"),
        (base64.b64encode(b"#cloud-config\na: [").decode(), "not YAML"),
    ],
)
def test_what_is_no_cloud_config_is_refused(user_data: str, text: str) -> None:
    with pytest.raises(UserDataError, match=text):
        first_boot(user_data, "")


def test_files_keep_content_owner_and_mode(tmp_path: Path) -> None:
    content = base64.b64encode(b"\x00binary").decode()
    target = tmp_path / "deep" / "file"
    file = {"path": str(target), "content": content, "encoding": "b64", "permissions": "0640", "owner": "root:adm"}
    boot = first_boot(encoded({"write_files": [file]}), "")
    assert boot.files[f"{STAGE}/file-0"] == (b"\x00binary", 0o600)
    expected = f"install -D --owner=root --group=adm --mode=0640 {STAGE}/file-0 {target}"
    assert expected in boot.files[boot.script][0].decode()
