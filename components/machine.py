"""The one shape of a machine, whoever made it.

It makes no machine: places do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pulumi

Role = Literal["control-plane", "worker", "load-balancer"]
SSH_USER = "slipway"
"""The account that every prepared machine has; it may become root, and logs in with the environment's key only."""


@dataclass(frozen=True)
class MachinePlan:
    """What is known of a machine before it exists."""

    name: str
    pool: str
    roles: tuple[Role, ...]
    cpu: int
    memory_mib: int
    address: str = ""
    """Its fixed address; empty where the place gives it one."""
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[str] = ()


@dataclass(frozen=True)
class JumpHost:
    """A host that SSH goes through."""

    address: pulumi.Input[str]
    port: int
    user: str
    host_key: pulumi.Input[str]
    key_file: str | None = None
    """Path of the private key; the SSH agent's keys when None."""
    own_key: bool = False
    """Whether it lets in the environment's key, as the machines do; else the login there is its user's own."""

    def as_output(self) -> dict[str, pulumi.Input[object]]:
        """Return it in the shape of the output ``nodes``."""
        keys = {"address": self.address, "port": self.port, "user": self.user, "hostKey": self.host_key}
        own: dict[str, pulumi.Input[object]] = {"ownKey": True} if self.own_key else {}
        return {**keys, **own, **({"keyFile": self.key_file} if self.key_file else {})}


@dataclass(frozen=True)
class Machine:
    """A machine that exists, or will once its resources do."""

    plan: MachinePlan
    address: pulumi.Input[str]
    host_key: pulumi.Input[str]
    """OpenSSH public key line, known before the first connection."""
    identity: pulumi.Input[str]
    """Changes when the machine was made anew, so that what was set up on it is set up again."""
    disposable: bool = False
    """Whether the machine itself goes when it leaves, so that nothing on it has to be cleaned up."""
    ssh_port: int = 22
    jump: JumpHost | None = None
    resource: pulumi.Resource | None = None
    """What made the machine in this stack; none where it was there before."""

    @property
    def name(self) -> str:
        """The name of the host and of the Kubernetes node."""
        return self.plan.name

    @property
    def made(self) -> list[pulumi.Resource]:
        """What to depend on before the machine is used; empty where it was there before."""
        return [self.resource] if self.resource else []

    @property
    def reset_playbook(self) -> str | None:
        """What gives it back as it was when it leaves; nothing where the machine itself goes."""
        return None if self.disposable else "reset.yml"

    def given_back(self) -> dict[str, pulumi.Input[object]]:
        """Return the variables of that playbook: data of volumes goes too, as a machine's own disk would."""
        return {} if self.disposable else {"reset_volumes": True}

    def as_output(self) -> dict[str, pulumi.Input[object]]:
        """Return the machine in the shape of the output ``nodes`` and of Ansible's inventory."""
        plan = self.plan
        return {
            "name": plan.name,
            "address": self.address,
            "sshPort": self.ssh_port,
            "user": SSH_USER,
            "hostKey": self.host_key,
            **({"jump": self.jump.as_output()} if self.jump else {}),
            "pool": plan.pool,
            "roles": list(plan.roles),
            "labels": dict(plan.labels),
            "taints": list(plan.taints),
            "cpu": plan.cpu,
            "memoryMib": plan.memory_mib,
        }
