"""The environment's private registry as a service of a host: TLS from the environment's CA, one login.

The container engine of this computer reaches it through a small relay on loopback, where engines need not know the CA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_docker as docker

from components.places import containers
from components.registry import (
    PORT,
    USERNAME,
    Detour,
    ExpiringLogins,
    RegistryAccess,
    host_name,
    identity,
    settings,
)
from plugins.slipway import sdk

if TYPE_CHECKING:
    from components.machine import Machine

RELAY_SETTINGS = """\
# From loopback of this computer to the registry of {environment}: bytes only, TLS ends behind it.
defaults
    mode tcp
    timeout connect 5s
    timeout client 10m
    timeout server 10m

listen registry
    bind 127.0.0.1:{port}
    server registry {address}:{registry_port}
"""
DIRECTORY = "/etc/slipway/registry"


@dataclass(frozen=True)
class HostRegistryArgs:
    """What a registry on a host needs."""

    environment: str
    machine: Machine
    """The host that carries it."""
    ssh_private_key: pulumi.Input[str]
    binary: str
    """Path of distribution's `registry` on this computer."""
    authority: sdk.CertificateAuthority
    relay_image: pulumi.Input[str]
    """An image with HAProxy."""
    published_port: int
    """The loopback port of this computer that leads to it."""


class HostRegistry(pulumi.ComponentResource):
    """A distribution registry that systemd runs."""

    name: str
    """`host:port` as the nodes know it."""
    address: str
    access: RegistryAccess
    prefix = ""
    immutable_tags = False
    expiring_logins: ExpiringLogins | None = None
    detour: Detour | None = None

    def __init__(self, name: str, args: HostRegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:HostRegistry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        host, address = host_name(args.environment), args.machine.plan.address
        self.name, self.address = f"{host}:{PORT}", address
        password, certificate = identity(name, host, address, args.authority, child)
        self._service = self._run(name, args, password, certificate)
        self._door = self._relay(name, args, child)
        self.access = RegistryAccess(
            address=f"{address}:{PORT}",
            published=f"127.0.0.1:{args.published_port}",
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
        """Return the way to it."""
        return [self._door]

    def _run(
        self, name: str, args: HostRegistryArgs, password: sdk.Password, certificate: sdk.Certificate
    ) -> sdk.AnsibleRun:
        environment = {
            **settings(),
            "REGISTRY_AUTH_HTPASSWD_PATH": f"{DIRECTORY}/htpasswd",
            "REGISTRY_HTTP_TLS_CERTIFICATE": f"{DIRECTORY}/tls.crt",
            "REGISTRY_HTTP_TLS_KEY": f"{DIRECTORY}/tls.key",
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/var/lib/slipway/registry",
        }
        return sdk.AnsibleRun(
            f"{name}-service",
            playbook="registry.yml",
            delete_playbook=args.machine.reset_playbook,
            hosts=[args.machine.as_output()],
            ssh_private_key=args.ssh_private_key,
            variables={
                "registry_binary": args.binary,
                "registry_environment": environment,
                "registry_certificate": certificate.certificate_pem,
                **args.machine.given_back(),
            },
            secret_variables={
                "registry_private_key": certificate.private_key_pem,
                "registry_login": pulumi.Output.concat(USERNAME, ":", password.bcrypt, "\n"),
            },
            triggers=[args.machine.identity],
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.machine.made),
        )

    def _relay(self, name: str, args: HostRegistryArgs, opts: pulumi.ResourceOptions) -> docker.Container:
        configuration = RELAY_SETTINGS.format(
            environment=args.environment, port=args.published_port, address=self.address, registry_port=PORT
        )
        # On the host's network: what it listens on is this computer's loopback, and it goes where this computer can go.
        return docker.Container(
            f"{name}-relay",
            name=f"slipway-{args.environment}-registry-relay",
            image=args.relay_image,
            labels=containers.container_labels(args.environment),
            entrypoints=["/usr/sbin/haproxy"],
            command=["-db", "-f", "/etc/haproxy/haproxy.cfg"],
            user="haproxy",
            network_mode="host",
            memory=128,
            uploads=[
                docker.ContainerUploadArgs(file="/etc/haproxy/haproxy.cfg", content=configuration, permissions="0644")
            ],
            restart="unless-stopped",
            must_run=True,
            opts=opts,
        )
