"""The environment's private registry: TLS from the environment's CA, one login, one volume.

Images get into it through ``PlatformImages`` and builds; nodes know no other registry.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pulumi
import pulumi_docker as docker

from components.places import containers
from plugins.slipway import sdk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PORT = 5000
HTTPS_PORT = 443
USERNAME = "slipway"


@dataclass(frozen=True)
class RegistryArgs:
    """What a registry needs."""

    environment: str
    image: pulumi.Input[str]
    network: docker.Network
    address: str
    """Its fixed IPv4 address inside the environment."""
    published_port: int
    """The loopback port of this computer that leads to it."""
    authority: sdk.CertificateAuthority


@dataclass(frozen=True)
class RegistryAccess:
    """How to reach the registry from this computer, for whatever pushes to it."""

    address: str
    """`host:port` for whoever trusts the environment's CA."""
    published: str
    """`host:port` for the container engine of this computer: on loopback, where engines need not know the CA."""
    server_name: str
    username: str
    password: pulumi.Output[str]
    ca_pem: pulumi.Output[str]
    login_from: str | None = None
    """Whom a push asks for a login, where they expire: `ecr`, with `provider`."""
    provider: pulumi.ProviderResource | None = None


@dataclass(frozen=True)
class ExpiringLogins:
    """That logins end after hours, so that each node asks for its own: an executable that its kubelet calls."""

    executable: str
    match_images: Sequence[str]
    """Patterns of the images that it is asked for."""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Detour:
    """Another way to a registry than its name says, as to one that is emulated."""

    endpoint: str
    """`https://host:port`."""
    ca_pem: str


class RegistryService(Protocol):
    """A private registry, wherever it runs."""

    name: str
    """`host:port` as the nodes know it; the host alone where the port is that of HTTPS."""
    address: str
    """Where the nodes reach it, without the port; empty where they look its name up."""
    access: RegistryAccess
    prefix: str
    """What the names of all its repositories begin with, such as `slipway-prod/`; empty where it is all ours."""
    immutable_tags: bool
    """Whether it refuses to give a tag to another image."""
    expiring_logins: ExpiringLogins | None
    """None where the login is good for as long as the environment is there."""
    detour: Detour | None

    def ready_for(self, repository: str) -> list[pulumi.Resource]:
        """Return what has to be there before that repository, without the prefix, can be pushed to."""
        ...

    def reachable(self) -> list[pulumi.Resource]:
        """Return what has to be there before this computer's engine can push and pull."""
        ...


def location(registry: RegistryService) -> dict[str, pulumi.Input[object]]:
    """Return the variables by which every role knows the registry."""
    host, _, port = registry.name.partition(":")
    named: dict[str, pulumi.Input[object]] = {"registry_name": host, "registry_port": int(port or HTTPS_PORT)}
    return {**named, **({"registry_prefix": registry.prefix} if registry.prefix else {})}


def reference(registry: RegistryService, repository: str) -> str:
    """Return the name of a repository as the nodes know it."""
    return f"{registry.name}/{registry.prefix}{repository}"


class Registry(pulumi.ComponentResource):
    """A distribution registry in a container."""

    name: str
    """`host:port` as the nodes know it."""
    address: str
    access: RegistryAccess
    prefix = ""
    immutable_tags = False
    expiring_logins: ExpiringLogins | None = None
    detour: Detour | None = None

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        host = host_name(args.environment)
        self.name, self.address = f"{host}:{PORT}", args.address
        password, certificate = identity(name, host, args.address, args.authority, child)
        self._service = self._container(name, args, password, certificate, child)
        published = f"127.0.0.1:{args.published_port}"
        self.access = RegistryAccess(
            address=published,
            published=published,
            server_name=host,
            username=USERNAME,
            password=password.value,
            ca_pem=args.authority.certificate_pem,
        )
        self.register_outputs({"name": self.name, "address": self.address})

    def ready_for(self, repository: str) -> list[pulumi.Resource]:
        """Return the registry itself: pushing makes repositories."""
        del repository
        return [self._service]

    def reachable(self) -> list[pulumi.Resource]:
        """Return the registry itself, as its port is published on loopback."""
        return [self._service]

    def _container(
        self,
        name: str,
        args: RegistryArgs,
        password: sdk.Password,
        certificate: sdk.Certificate,
        opts: pulumi.ResourceOptions,
    ) -> docker.Container:
        volume = docker.Volume(
            f"{name}-data",
            name=f"slipway-{args.environment}-registry",
            labels=containers.volume_labels(args.environment),
            opts=opts,
        )
        login = pulumi.Output.concat(USERNAME, ":", password.bcrypt, "\n")
        files = {
            "/etc/registry/tls.crt": certificate.certificate_pem,
            "/etc/registry/tls.key": certificate.private_key_pem,
            "/etc/registry/htpasswd": login,
        }
        return docker.Container(
            name,
            name=f"slipway-{args.environment}-registry",
            image=args.image,
            labels=containers.container_labels(args.environment),
            envs=[f"{key}={value}" for key, value in settings().items()],
            memory=256,
            networks_advanced=[
                docker.ContainerNetworksAdvancedArgs(name=args.network.name, ipv4_address=args.address),
            ],
            ports=[docker.ContainerPortArgs(internal=PORT, external=args.published_port, ip="127.0.0.1")],
            uploads=[
                docker.ContainerUploadArgs(file=path, content=content, permissions="0600")
                for path, content in files.items()
            ],
            volumes=[docker.ContainerVolumeArgs(container_path="/var/lib/registry", volume_name=volume.name)],
            restart="unless-stopped",
            must_run=True,
            opts=opts,
        )


def host_name(environment: str) -> str:
    """Return the name under which the machines of an environment know its registry."""
    return f"registry.{environment}.slipway.internal"


def identity(
    name: str, host: str, address: str, authority: sdk.CertificateAuthority, opts: pulumi.ResourceOptions
) -> tuple[sdk.Password, sdk.Certificate]:
    """Make what a registry shows and what it asks for: its certificate and the password of its one login."""
    certificate = sdk.Certificate(
        f"{name}-certificate",
        ca_certificate_pem=authority.certificate_pem,
        ca_private_key_pem=authority.private_key_pem,
        common_name=host,
        dns_names=[host, "localhost"],
        ip_addresses=[address, "127.0.0.1"],
        opts=opts,
    )
    return sdk.Password(f"{name}-password", opts=opts), certificate


def settings() -> Mapping[str, str]:
    """Return the registry's configuration as environment variables; see distribution's docs/configuration."""
    return {
        "REGISTRY_AUTH": "htpasswd",
        "REGISTRY_AUTH_HTPASSWD_REALM": "slipway",
        "REGISTRY_AUTH_HTPASSWD_PATH": "/etc/registry/htpasswd",
        "REGISTRY_HTTP_ADDR": f":{PORT}",
        "REGISTRY_HTTP_TLS_CERTIFICATE": "/etc/registry/tls.crt",
        "REGISTRY_HTTP_TLS_KEY": "/etc/registry/tls.key",
        "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/var/lib/registry",
        "REGISTRY_LOG_LEVEL": "warn",
        "OTEL_TRACES_EXPORTER": "none",
    }
