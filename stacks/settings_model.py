"""What an environment file may say: every key with its default, its limits and its meaning.

It reads nothing and knows no rules between keys; ``stacks.settings`` makes these models, after both were checked.
"""

# No postponed annotations: pydantic reads them while the classes are made.
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from stacks.settings_aws import Aws, InstanceType
from stacks.settings_hosts import HOST_PACKAGES, Host, IpAddress, Ssh
from stacks.settings_hosts import PLACE as SSH
from stacks.settings_values import (
    Cpu,
    CronSchedule,
    DnsLabel,
    DnsName,
    ImageByDigest,
    Labels,
    PoolName,
    Port,
    PrivateNetwork,
    Taint,
    Whole,
)

CREDENTIAL_PROVIDER_IMAGE = "credential-provider"
"""Unpacked by nodes that pull from ECR; see images/credential-provider."""
EMULATOR_TOOL = "ministack"
"""Answers for AWS where that is emulated; see toolchain/emulator."""
WATCH_IMAGE = "drift-runtime"
"""Built upon for the drift watch, where the environment has one; see images/drift-runtime."""

MEMORY_LIMIT_MIB = 4 << 20


class Model(BaseModel):
    """Keys in camelCase, nothing unknown, nothing changed later; the docstring of a field is part of its errors."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, use_attribute_docstrings=True)


class ControlPlane(Model):
    """The machines that run etcd and the API server."""

    count: Literal[1, 3] = 1
    """Two would be no more available than one: etcd needs a majority."""
    cpu: Annotated[Cpu, Field(ge=2)] = 2
    """Cores of each control plane; kubeadm refuses fewer than 2."""
    memory_mib: Annotated[Whole, Field(ge=1700, le=MEMORY_LIMIT_MIB)] = 2048
    """Memory of each control plane; kubeadm refuses less than 1700 MB."""
    instance_type: InstanceType | None = None
    """AWS instance type; it must have at least the cores and memory declared here."""
    disk_gib: Annotated[Whole, Field(ge=8, le=16384)] = 40
    """Size of the root volume in AWS."""


class LoadBalancer(Model):
    """The machine in front of the API servers and of the gateway."""

    cpu: Cpu = 1
    """Cores of the load balancer."""
    memory_mib: Annotated[Whole, Field(ge=256, le=MEMORY_LIMIT_MIB)] = 256
    """Memory of the load balancer; HAProxy and the host need this much."""
    virtual_ip: IpAddress | None = None
    """The address that load balancers on hosts share: one has it, another takes it over."""


class Pool(Model):
    """A set of equal workers."""

    name: Annotated[PoolName, Field(examples=["general"])]
    """First part of the names of its machines, and the value of their node label `slipway.io/pool`."""
    size: Annotated[Whole, Field(ge=1, le=100, examples=[2])]
    """Machines in the pool; to have none, remove the pool."""
    cpu: Cpu = 1
    """Cores of each machine, all of them offered to pods."""
    memory_mib: Annotated[Whole, Field(ge=1024, le=MEMORY_LIMIT_MIB)] = 2048
    """Memory of each machine; a node's own programs take about half of 1 GiB."""
    labels: Labels = Field(default_factory=dict)
    """Labels of its nodes."""
    taints: list[Taint] = Field(default_factory=list)
    """Taints of its nodes; the database tolerates those of its own pool."""
    instance_type: InstanceType | None = None
    """AWS instance type; it must have at least the cores and memory declared here."""
    disk_gib: Annotated[Whole, Field(ge=8, le=16384)] = 40
    """Size of the root volume in AWS."""
    spot: bool = False
    """AWS may take its machines back at two minutes' notice, and asks a lower price."""

    @property
    def machine_names(self) -> list[str]:
        """Names of its machines, where slipway makes them."""
        return [f"{self.name}-{index}" for index in range(self.size)]


class Ports(Model):
    """Ports of this machine (loopback only) that lead into the environment."""

    http: Port = 8080
    """Redirects to HTTPS."""
    https: Port = 8443
    """The application."""
    api_server: Port = 6443
    """The Kubernetes API."""
    registry: Port = 5443
    """The private registry."""


class Service(Model):
    """A stateless tier of the application."""

    replicas: Annotated[Whole, Field(ge=1, le=100)] = 2
    """Pods of the tier; with 1, a node that goes takes the tier with it for a while."""


class Database(Model):
    """The document store."""

    engine: Literal["ferretdb", "mongodb"] = "ferretdb"
    """What answers the MongoDB wire protocol."""
    image: ImageByDigest | None = None
    """Image of MongoDB in the environment's registry; needed for `mongodb`, not allowed for `ferretdb`."""
    pool: DnsLabel = "database"
    """The pool that it runs on; its machines hold the volumes."""
    volume_mib: Annotated[Whole, Field(ge=64, le=64 << 20)] = 1024
    """Size of its volume."""


class Slo(Model):
    """What users are promised."""

    objective: Annotated[float, Field(ge=90, le=99.999)] = 99.99
    """Per cent of a month in which the application answers; what is missing to 100 is the error budget."""


class Drift(Model):
    """How the cluster looks for drift by itself, beside `slipway drift` from outside."""

    watch: bool = False
    """A CronJob that may only list compares the cluster with what is recorded."""
    schedule: CronSchedule = "17 * * * *"
    """When: minute, hour, day, month and day of the week, in UTC."""
    webhook: bool = False
    """The watch may reach addresses outside of the cluster, to tell the webhook."""


class Settings(Model):
    """One environment."""

    place: Annotated[Literal["containers", "ssh", "aws"], Field(examples=["containers"])]
    """Where machines come from."""
    public_name: DnsName = "catalogue.localhost"
    """The name by which people reach the application."""
    network: PrivateNetwork = "172.31.240.0/24"
    """Addresses of the registry and of all machines."""
    ports: Ports = Ports()
    control_plane: ControlPlane = ControlPlane()
    load_balancer: LoadBalancer = LoadBalancer()
    pools: Annotated[list[Pool], Field(min_length=1, examples=["[{name: general, size: 2}]"])]
    """Workers, pool by pool."""
    hosts: list[Host] = Field(default_factory=list)
    """Machines that exist already, one by one."""
    ssh: Ssh = Ssh()
    aws: Aws | None = None
    frontend: Service = Service()
    api: Service = Service()
    database: Database = Database()
    slo: Slo = Slo()
    drift: Drift = Drift()

    @property
    def machine_network(self) -> str:
        """Addresses of all machines."""
        return self.aws.cidr if self.aws else self.network

    @property
    def worker_names(self) -> set[str]:
        """Names of all machines that take pods of the application."""
        if not self.hosts:
            return {name for pool in self.pools for name in pool.machine_names}
        pools = {pool.name for pool in self.pools}
        return {host.name for host in self.hosts if host.pool in pools}

    @property
    def is_emulated(self) -> bool:
        """Whether its cloud is emulated on this computer."""
        return self.aws is not None and self.aws.emulator is not None

    @property
    def optional_images(self) -> tuple[str, ...]:
        """Images that only some environments need, this one among them, by the names of their recipes."""
        packages = tuple(HOST_PACKAGES.values()) if self.place == SSH else ()
        provider = (CREDENTIAL_PROVIDER_IMAGE,) if self.aws else ()
        return (*packages, *provider, *((WATCH_IMAGE,) if self.drift.watch else ()))

    @property
    def optional_tools(self) -> tuple[str, ...]:
        """Tools that only some environments need, this one among them, by their names in tools.toml."""
        return (EMULATOR_TOOL,) if self.is_emulated else ()
