"""User data of an instance: the part of cloud-init's `#cloud-config` that is understood here, as files and a script.

It deliberately refuses every key that it does not know, where an instance would silently not be what was asked for.
Source: https://cloudinit.readthedocs.io/en/latest/reference/modules.html
"""

from __future__ import annotations

import base64
import binascii
import shlex
from dataclasses import dataclass, field
from typing import Any

import yaml

DEFAULT_USER = "admin"
"""What images of Debian call theirs: https://wiki.debian.org/Cloud/AmazonEC2Image"""
HEADER = "#cloud-config"
STAGE = "/var/lib/cloud/slipway"
"""Where the files of the first boot lie until its script puts them into their places."""
# What the image does anyway: one host key, no passwords, no root.
IMPLIED = {"ssh_deletekeys", "ssh_genkeytypes", "ssh_pwauth", "disable_root", "preserve_hostname", "manage_etc_hosts"}
KNOWN = {"hostname", "users", "ssh_authorized_keys", "ssh_keys", "write_files", *IMPLIED}
USER_KEYS = {"name", "gecos", "shell", "groups", "sudo", "lock_passwd", "ssh_authorized_keys", "uid"}
FILE_KEYS = {"path", "content", "permissions", "owner", "encoding"}


class UserDataError(ValueError):
    """User data that this machine cannot do; the text is for the caller of RunInstances."""


@dataclass
class FirstBoot:
    """What makes an instance of an image."""

    hostname: str = ""
    files: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    """Path -> content and mode: there before anything runs, all owned by root."""

    @property
    def script(self) -> str:
        """Path of what runs before systemd does."""
        return f"{STAGE}/first-boot"


def first_boot(user_data: str, key: str) -> FirstBoot:
    """Read user data.

    Args:
        user_data: As the API carries it, in base64; may be empty.
        key: Public key of the instance's key pair; may be empty.

    Raises:
        UserDataError: It is not what is understood here.
    """
    config = _config(user_data)
    boot = FirstBoot(hostname=str(config.get("hostname", "")))
    lines = ["#!/bin/sh", "set -eu"]
    for user in _users(config, key):
        lines += _user_lines(user)
    _host_key(config, boot, lines)
    for number, file in enumerate(_dicts(config, "write_files", FILE_KEYS)):
        lines += _file_lines(file, f"{STAGE}/file-{number}", boot)
    boot.files[boot.script] = ("\n".join([*lines, f"rm -rf {STAGE}", ""]).encode(), 0o700)
    return boot


def _config(user_data: str) -> dict[str, Any]:
    if not user_data:
        return {}
    try:
        text = base64.b64decode(user_data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise UserDataError("User data is not text in base64.") from error
    if not text.startswith(HEADER):
        raise UserDataError(f"User data must begin with {HEADER}: nothing else is understood by the emulated cloud.")
    try:
        config = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise UserDataError(f"User data is not YAML: {error}") from error
    if not isinstance(config, dict):
        raise UserDataError("User data must be keys and values.")
    if unknown := sorted(set(config) - KNOWN):
        raise UserDataError(f"User data: {', '.join(unknown)} is not understood here. Known are: {_listed(KNOWN)}.")
    return config


def _users(config: dict[str, Any], key: str) -> list[dict[str, Any]]:
    keys = [*([key] if key else []), *config.get("ssh_authorized_keys", ())]
    default = {"name": DEFAULT_USER, "sudo": "ALL=(ALL) NOPASSWD:ALL", "ssh_authorized_keys": keys}
    asked = config.get("users", ["default"])
    rest = [user for user in asked if user != "default"]
    return [*([default] if "default" in asked else []), *_dicts({"users": rest}, "users", USER_KEYS)]


def _dicts(config: dict[str, Any], name: str, known: set[str]) -> list[dict[str, Any]]:
    entries = config.get(name, [])
    for entry in entries:
        if not isinstance(entry, dict):
            raise UserDataError(f"User data: an entry of {name} must be keys and values.")
        if unknown := sorted(set(entry) - known):
            raise UserDataError(
                f"User data: {', '.join(unknown)} in {name} is not understood. Known: {_listed(known)}."
            )
    return list(entries)


def _user_lines(user: dict[str, Any]) -> list[str]:
    name = shlex.quote(str(user["name"]))
    options = [f"--shell {shlex.quote(str(user.get('shell', '/bin/bash')))}"]
    if user.get("uid"):
        options.append(f"--uid {int(user['uid'])}")
    groups = user.get("groups", [])
    groups = groups if isinstance(groups, str) else ",".join(groups)
    if groups:
        options.append(f"--groups {shlex.quote(groups)}")
    lines = [
        # No password ever matches, but the account is not locked: sshd lets no key in for a locked one.
        f"id {name} >/dev/null 2>&1 || useradd --create-home --password '*' {' '.join(options)} {name}",
        f"home=$(getent passwd {name} | cut -d: -f6)",
        f'install --directory --owner={name} --group={name} --mode=0700 "$home/.ssh"',
    ]
    if keys := "\n".join(str(key).strip() for key in user.get("ssh_authorized_keys", ())):
        lines.append(f'printf "%s\\n" {shlex.quote(keys)} > "$home/.ssh/authorized_keys"')
        lines.append(f'chown {name}: "$home/.ssh/authorized_keys" && chmod 0600 "$home/.ssh/authorized_keys"')
    if user.get("sudo"):
        rules = user["sudo"] if isinstance(user["sudo"], list) else [user["sudo"]]
        text = shlex.quote("\n".join(f"{user['name']} {rule}" for rule in rules))
        lines.append(f"printf '%s\\n' {text} > /etc/sudoers.d/90-{name} && chmod 0440 /etc/sudoers.d/90-{name}")
    return lines


def _host_key(config: dict[str, Any], boot: FirstBoot, lines: list[str]) -> None:
    keys = config.get("ssh_keys") or {}
    if unknown := sorted(set(keys) - {"ed25519_private", "ed25519_public"}):
        raise UserDataError(f"User data: ssh_keys can be ed25519_private and ed25519_public, not {', '.join(unknown)}.")
    path = "/etc/ssh/ssh_host_ed25519_key"
    if "ed25519_private" in keys:
        boot.files[path] = (f"{str(keys['ed25519_private']).strip()}\n".encode(), 0o600)
    if "ed25519_public" in keys:
        boot.files[f"{path}.pub"] = (f"{str(keys['ed25519_public']).strip()}\n".encode(), 0o644)
    lines.append(f"[ -s {path} ] || ssh-keygen -q -t ed25519 -N '' -f {path}")


def _file_lines(file: dict[str, Any], staged: str, boot: FirstBoot) -> list[str]:
    content = str(file.get("content", ""))
    encoding = str(file.get("encoding", "text/plain"))
    if encoding in {"b64", "base64"}:
        raw = base64.b64decode(content)
    elif encoding == "text/plain":
        raw = content.encode()
    else:
        raise UserDataError(f"User data: encoding {encoding} in write_files is not understood. Known: base64, b64.")
    boot.files[staged] = (raw, 0o600)
    owner, _, group = str(file.get("owner", "root:root")).partition(":")
    options = f"--owner={shlex.quote(owner)} --group={shlex.quote(group or owner)}"
    mode = shlex.quote(str(file.get("permissions", "0644")))
    return [f"install -D {options} --mode={mode} {staged} {shlex.quote(str(file['path']))}"]


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
