"""The outputs of an environment as health reads them: the only thing it knows about that environment.

It deliberately names keys in its errors and never values, since many of them are secrets.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, ValidationError

from operations import pulumi_cli
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from operations.health.api_server import ApiServerTarget
from operations.health.condition import ConditionTarget
from operations.health.dns import DnsTarget
from operations.health.document import DocumentTarget
from operations.health.host import HostTarget
from operations.health.host_fact import HostFactTarget
from operations.health.http import HttpTarget
from operations.health.nodes import NodesTarget
from operations.health.pod_exec import PodExecTarget
from operations.health.pods import PodsTarget
from operations.health.registry import RegistryTarget
from operations.health.target import Contract
from operations.health.tcp import TcpTarget
from operations.health.tls import TlsTarget

if TYPE_CHECKING:
    from operations.session import Session

HealthTarget = Annotated[
    HostTarget
    | HostFactTarget
    | TcpTarget
    | DnsTarget
    | ApiServerTarget
    | ConditionTarget
    | NodesTarget
    | PodsTarget
    | PodExecTarget
    | RegistryTarget
    | TlsTarget
    | HttpTarget
    | DocumentTarget,
    Field(discriminator="kind"),
]


class Jump(Contract):
    """A host that SSH goes through."""

    address: str
    port: int = 22
    user: str
    host_key: str
    key_file: str | None = None
    own_key: bool = False


class Machine(Contract):
    """One machine, as far as health needs it."""

    name: str
    address: str
    ssh_port: int = 22
    user: str
    host_key: str
    jump: Jump | None = None
    pool: str = ""
    roles: tuple[str, ...] = ()
    cpu: int = 0
    memory_mib: int = 0
    taints: tuple[str, ...] = ()


class Registry(Contract):
    """The private registry and how to log in."""

    address: str
    """host:port on this machine."""
    name: str
    """host:port by which machines of the environment know it."""
    server_name: str | None = None
    """What its certificate is for; the host of `name` when it is not said."""
    username: str
    password: str = Field(repr=False)
    ca_pem: str


class Ssh(Contract):
    """The key that all machines accept."""

    user: str
    private_key: str = Field(repr=False)


class Endpoints(Contract):
    """Addresses for people."""

    application: str
    api: str
    api_server: str


class Outputs(Contract):
    """All outputs that health reads."""

    kubeconfig: str = Field(repr=False)
    registry: Registry
    endpoints: Endpoints
    nodes: list[Machine]
    ssh: Ssh
    health_targets: list[HealthTarget]

    def machine(self, name: str) -> Machine | None:
        """Return the machine of that name."""
        return next((machine for machine in self.nodes if machine.name == name), None)


def read_outputs(session: Session) -> Outputs:
    """Ask the Pulumi CLI for the outputs.

    Raises:
        OperationFailedError: There is no such stack, or its outputs are not what health needs.
    """
    arguments = ("stack", "output", "--json", "--show-secrets", "--stack", session.environment)
    try:
        text = pulumi_cli.capture(session, *arguments, private=True)
    except pulumi_cli.PulumiFailedError as error:
        if error.code != ExitCode.STACK_NOT_FOUND:
            raise
        raise OperationFailedError(
            f"Environment '{session.environment}' has no stack yet. Make it with: slipway up {session.environment}",
            ExitCode.STACK_NOT_FOUND,
        ) from None
    return parse_outputs(text, session.environment)


def parse_outputs(text: str, environment: str) -> Outputs:
    """Read the output of `pulumi stack output --json --show-secrets`.

    Raises:
        OperationFailedError: It is not what health needs; the text lists every key that is wrong.
    """
    again = f"Bring the environment up to date with: slipway up {environment}"
    try:
        content = json.loads(text)
    except ValueError:
        raise OperationFailedError(f"The outputs of '{environment}' are not JSON. {again}") from None
    if not content:
        raise OperationFailedError(f"Environment '{environment}' has no outputs: it never came up fully. {again}")
    try:
        return Outputs.model_validate(content)
    except ValidationError as error:
        # `from None`, and no `input`: values may be secrets.
        problems = "\n".join(
            f"  {'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise OperationFailedError(f"Outputs of '{environment}' that health cannot use:\n{problems}\n{again}") from None
