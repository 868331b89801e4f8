"""The place `ssh`: machines are hosts that exist already, and stay when the environment goes.

It creates none: slipway gets an account of its own on each, and everything later comes in through that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.machine import SSH_USER, JumpHost, Machine, MachinePlan
from plugins.slipway import sdk

if TYPE_CHECKING:
    import pulumi


@dataclass(frozen=True)
class Credentials:
    """How a host lets us in the first time."""

    user: str
    """Has passwordless sudo."""
    key_file: str | None
    """Path of the private key; the SSH agent's keys when None."""


@dataclass(frozen=True)
class HostPlace:
    """What every host of one environment shares."""

    authorized_key: pulumi.Input[str]
    """Public key of the account that slipway makes."""
    jump: JumpHost | None = None
    """What all connections go through."""

    def machine(self, plan: MachinePlan, credentials: Credentials, *, port: int, host_key: str) -> Machine:
        """Take one host over.

        Args:
            plan: its name, size and address.
            credentials: the first login.
            port: of its SSH server.
            host_key: the one key that it may show, as an OpenSSH line.
        """
        access = sdk.HostAccess(
            f"{plan.name}-access",
            address=plan.address,
            port=port,
            host_key=host_key,
            user=credentials.user,
            key_file=credentials.key_file,
            jump=self.jump.as_output() if self.jump else None,
            account=SSH_USER,
            authorized_key=self.authorized_key,
        )
        return Machine(
            plan=plan,
            address=plan.address,
            host_key=host_key,
            identity=access.machine_id,
            ssh_port=port,
            jump=self.jump,
            resource=access,
        )
