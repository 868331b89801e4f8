"""The one shape of a machine that resources of this plugin take, in the spelling of the state (camelCase).

It says nothing about where machines come from.
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict


class Jump(TypedDict):
    """A host that SSH goes through."""

    address: str
    """Address or host name."""
    user: str
    """Whom to log in as there."""
    hostKey: str
    """The one host key that is accepted, as an OpenSSH line."""
    port: NotRequired[int]
    """Port of SSH; 22 when absent."""
    keyFile: NotRequired[str]
    """Path of that user's private key; the keys of the SSH agent and of ~/.ssh when absent."""
    ownKey: NotRequired[bool]
    """Whether it lets in the same key as the machines behind it."""


class Machine(TypedDict):
    """A reachable machine, whoever made it."""

    name: str
    """Name of the machine, unique in its environment; Ansible's inventory name."""
    address: str
    """Address or host name at which SSH answers."""
    hostKey: str
    """Public host key as an OpenSSH line, ``ssh-ed25519 AAAA...``; no other key is accepted."""
    sshPort: NotRequired[int]
    """Port of SSH; 22 when absent."""
    user: NotRequired[str]
    """User to log in as, with passwordless sudo; ``slipway`` when absent."""
    jump: NotRequired[Jump]
    """What SSH goes through; it goes there directly when absent."""
    pool: NotRequired[str]
    """Node pool that the machine belongs to."""
    roles: NotRequired[Sequence[str]]
    """Subset of ``control-plane``, ``worker``, ``load-balancer``."""
    labels: NotRequired[dict[str, str]]
    """Kubernetes labels of the node."""
    taints: NotRequired[Sequence[str]]
    """Kubernetes taints of the node, ``key=value:Effect``."""
    cpu: NotRequired[float]
    """Declared size in cores."""
    memoryMib: NotRequired[int]
    """Declared size in MiB."""
