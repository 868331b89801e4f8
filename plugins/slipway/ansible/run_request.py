"""What the plugin asks of one Ansible run.

It is plain data that travels as JSON through a pipe; it runs nothing.
"""

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class RunRequest:
    """One playbook against some machines."""

    playbook: str
    directory: str
    machines: list[dict[str, Any]]
    private_key: str
    variables: dict[str, Any] = field(default_factory=dict)
    secret_values: list[str] = field(default_factory=list)
    """Texts that must not show up in any message."""
    check: bool = False
    """Whether to change nothing and report what would change."""
    forks: int = 10
    timeout_seconds: int = 1800
    ssh_seconds: float = 60.0
    """How long a machine may take until it lets us log in."""
    silence_seconds: float = 60.0
    """How long, within that, nothing at all may answer at its address."""
    tolerate_unreachable: bool = False
    """Whether to go on with the machines that can be reached, instead of failing."""
    without_hosts: bool = False
    """Whether to run here, on behalf of machines that nobody reaches: their names and variables are all there is."""
    details: bool = False
    """Whether changes say what differs, for whoever may see it; known secrets are hidden."""

    def to_json(self) -> bytes:
        """Return the request as JSON."""
        return json.dumps(dataclasses.asdict(self)).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Read a request from JSON."""
        return cls(**json.loads(text))
