"""What an environment file may say, and the only reader of Pulumi's configuration.

It finds every mistake before any resource exists; it creates nothing and asks no machine.
"""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from stacks import addresses

NAMESPACE = "slipway"
DNS_LABEL = r"^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$"
"""RFC 1123, shortened to 40 so that the names of machines and of their containers stay below 63 characters."""
RESERVED_POOLS = frozenset({"control-plane", "load-balancer", "registry"})
TAINT = re.compile(r"^([a-z0-9A-Z.-]+/)?[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?(=[-a-zA-Z0-9_.]*)?:(\w+)$")
TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
LABEL_KEY = re.compile(r"^([a-z0-9.-]+/)?[a-zA-Z0-9]([-a-zA-Z0-9_.]{0,61}[a-zA-Z0-9])?$")


class SettingsError(Exception):
    """Everything that is wrong with an environment file, one line each."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        listed = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"{source} has {len(problems)} mistake(s), nothing was changed:\n{listed}")


def _taint(value: str) -> str:
    matched = TAINT.match(value)
    if not matched or matched.group(4) not in TAINT_EFFECTS:
        raise ValueError(
            f"'{value}' is no taint; expected key=value:Effect with one of {', '.join(TAINT_EFFECTS)}, "
            f"such as dedicated=database:NoSchedule"
        )
    return value


def _network(value: str) -> str:
    try:
        network = ipaddress.ip_network(value)
    except ValueError as error:
        raise ValueError(f"'{value}' is no network ({error}); expected one such as 172.31.240.0/24") from None
    if network.version != 4 or not network.is_private or network.prefixlen > 26:  # noqa: PLR2004 - see the text
        raise ValueError(f"'{value}' must be a private IPv4 network of at least 64 addresses (/26 or larger)")
    return value


DnsLabel = Annotated[str, Field(pattern=DNS_LABEL)]
DnsName = Annotated[str, Field(pattern=r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]([-a-z0-9]*[a-z0-9])?$")]
Taint = Annotated[str, AfterValidator(_taint)]
PrivateNetwork = Annotated[str, AfterValidator(_network)]
Port = Annotated[int, Field(ge=1024, le=65535)]


class _Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class Machine(_Model):
    """The size of one machine."""

    minimum_memory_mib: ClassVar[int] = 256
    minimum_cpu: ClassVar[int] = 1

    cpu: int = Field(default=1, le=512)
    memory_mib: int = Field(default=1024, le=4 << 20)

    @field_validator("cpu")
    @classmethod
    def _enough_cpu(cls, value: int) -> int:
        if value < cls.minimum_cpu:
            raise ValueError(f"{value} is too few cores for this role; expected at least {cls.minimum_cpu}")
        return value

    @field_validator("memory_mib")
    @classmethod
    def _enough_memory(cls, value: int) -> int:
        if value < cls.minimum_memory_mib:
            raise ValueError(f"{value} MiB is too small for this role; expected at least {cls.minimum_memory_mib} MiB")
        return value


class ControlPlane(Machine):
    """The machines that run etcd and the API server; kubeadm's preflight asks for 2 cores and 1700 MB."""

    minimum_memory_mib: ClassVar[int] = 1700
    minimum_cpu: ClassVar[int] = 2

    count: Literal[1, 3] = 1
    cpu: int = 2
    memory_mib: int = 2048


class LoadBalancer(Machine):
    """The machine in front of the API servers and of the gateway."""

    memory_mib: int = 256


class Pool(Machine):
    """A set of equal workers."""

    minimum_memory_mib: ClassVar[int] = 1024

    name: DnsLabel
    size: int = Field(le=100)
    memory_mib: int = 2048
    labels: dict[str, str] = Field(default_factory=dict)
    taints: list[Taint] = Field(default_factory=list)

    @field_validator("size")
    @classmethod
    def _at_least_one(cls, value: int) -> int:
        if value < 1:
            raise ValueError(f"size {value}, but a pool has at least 1 machine; set a size or remove the pool")
        return value

    @field_validator("name")
    @classmethod
    def _not_reserved(cls, value: str) -> str:
        if value in RESERVED_POOLS:
            raise ValueError(f"'{value}' is a name that slipway uses itself; choose another")
        return value

    @field_validator("labels")
    @classmethod
    def _label_keys(cls, value: dict[str, str]) -> dict[str, str]:
        for key in value:
            if not LABEL_KEY.match(key):
                raise ValueError(f"'{key}' is no label key; expected [prefix/]name such as example.org/disk")
        return value


class Ports(_Model):
    """Ports of this machine (loopback only) that lead into the environment."""

    http: Port = 8080
    https: Port = 8443
    api_server: Port = 6443
    registry: Port = 5443

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        values = [self.http, self.https, self.api_server, self.registry]
        if len(set(values)) != len(values):
            raise ValueError(f"the ports {values} must differ from each other")
        return self


class Service(_Model):
    """A stateless tier of the application."""

    replicas: int = Field(default=2, ge=1, le=100)


class Database(_Model):
    """The document store."""

    engine: Literal["ferretdb", "mongodb"] = "ferretdb"
    pool: DnsLabel = "database"
    volume_mib: int = Field(default=1024, ge=64)


class Settings(_Model):
    """One environment."""

    place: Literal["containers"]
    public_name: DnsName = "catalogue.localhost"
    network: PrivateNetwork = "172.31.240.0/24"
    ports: Ports = Ports()
    control_plane: ControlPlane = ControlPlane()
    load_balancer: LoadBalancer = LoadBalancer()
    pools: list[Pool] = Field(min_length=1)
    frontend: Service = Service()
    api: Service = Service()
    database: Database = Database()

    @field_validator("pools")
    @classmethod
    def _distinct_names(cls, value: list[Pool]) -> list[Pool]:
        names = [pool.name for pool in value]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"the pool name(s) {', '.join(doubled)} stand more than once; names must differ")
        return value

    @model_validator(mode="after")
    def _database_has_a_pool(self) -> Self:
        names = [pool.name for pool in self.pools]
        if self.database.pool not in names:
            raise ValueError(f"database.pool is '{self.database.pool}', but the pools are: {', '.join(names)}")
        if all(pool.taints for pool in self.pools):
            raise ValueError("every pool is tainted, so the gateway and the API could run nowhere; leave one untainted")
        return self

    @model_validator(mode="after")
    def _network_is_large_enough(self) -> Self:
        if len(self.pools) > addresses.POOLS:
            raise ValueError(f"{len(self.pools)} pools, but there is room for {addresses.POOLS}")
        room = addresses.pool_capacity(self.network)
        for index, pool in enumerate(self.pools):
            if pool.size > room:
                raise ValueError(
                    f"pools[{index}].size is {pool.size}, but a pool in {self.network} has room for {room} machines; "
                    f"choose a larger network, such as a /20"
                )
        return self


def load_file(path: Path) -> Settings:
    """Read an environment file without Pulumi.

    Raises:
        SettingsError: the file is missing, no YAML, or has mistakes; all of them are listed.
    """
    try:
        document = yaml.safe_load(path.read_text()) or {}
    except OSError as error:
        raise SettingsError(str(path), [f"cannot be read: {error.strerror}"]) from None
    except yaml.YAMLError as error:
        raise SettingsError(str(path), [f"is no YAML: {error}"]) from None
    entries = document.get("config", {}) if isinstance(document, dict) else {}
    return parse(entries, str(path))


def from_pulumi(stack: str) -> Settings:
    """Read the configuration that the engine passed to this program.

    Raises:
        SettingsError: see ``load_file``.
    """
    # pulumi.Config answers for single keys only; unknown keys can be found in the whole map alone.
    from pulumi.runtime.config import CONFIG  # noqa: PLC0415 - load_file works without the SDK

    return parse(CONFIG.get(), f"environments/Pulumi.{stack}.yaml")


def parse(entries: dict[str, Any], source: str) -> Settings:
    """Validate the entries of one configuration; keys of other namespaces belong to other tools.

    Raises:
        SettingsError: with every mistake.
    """
    prefix = f"{NAMESPACE}:"
    own = {key.removeprefix(prefix): _plain(value) for key, value in entries.items() if key.startswith(prefix)}
    try:
        return Settings.model_validate(own)
    except ValidationError as error:
        raise SettingsError(source, [_problem(detail) for detail in error.errors()]) from None


def _plain(value: Any) -> Any:  # noqa: ANN401 - configuration is dynamic until validated
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return json.loads(value)
    return value


def _problem(detail: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    location = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(".")
    where = f"{NAMESPACE}:{location}: " if location else ""
    message = detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        message = "is no key that slipway knows; see docs/environments.md for all of them"
    elif detail["type"] == "string_pattern_mismatch":
        message = f"'{detail['input']}' is not well-formed; expected lower-case letters, digits and '-', as in DNS names"
    elif detail["type"] == "missing":
        message = "is missing"
    elif detail["type"] == "literal_error":
        message = f"'{detail['input']}' is not possible; expected {detail['ctx']['expected']}"
    return f"{where}{message}"
