"""What a machine in a cloud is told at its first boot, as cloud-init's `#cloud-config`.

Its host key comes with it, so that the first connection is a pinned one; everything else is left to Ansible.
"""

from __future__ import annotations

import yaml


def cloud_config(name: str, account: str, authorized_key: str, host_key: str, host_public_key: str) -> str:
    """Return the user data of one machine; a secret, as it holds the private host key.

    Args:
        name: host name.
        account: the account that may become root and logs in with that key only.
        authorized_key: its public key line.
        host_key: private Ed25519 host key, in OpenSSH's PEM format.
        host_public_key: its public key line.
    """
    document = {
        "hostname": name,
        "ssh_deletekeys": True,
        "ssh_genkeytypes": [],
        "ssh_keys": {"ed25519_private": host_key, "ed25519_public": host_public_key},
        "ssh_pwauth": False,
        "disable_root": True,
        "users": [
            {
                "name": account,
                "shell": "/bin/bash",
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "lock_passwd": True,
                "ssh_authorized_keys": [authorized_key],
            }
        ],
    }
    return "#cloud-config\n" + yaml.safe_dump(document, sort_keys=False)
