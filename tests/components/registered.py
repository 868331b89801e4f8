"""What a program registered with Pulumi's mock engine: every resource with its inputs and its options.

It judges nothing, and answers only as much as the program needs to go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

KUBECONFIG = "clusters: [{name: c, cluster: {server: 'https://172.31.240.3:6443', certificate-authority-data: Q0EK}}]\n"
COMPUTED: dict[str, dict[str, Any]] = {
    "slipway:index:Password": {"value": "p" * 32, "bcrypt": "$2b$12$hash"},
    "slipway:index:SshKey": {"privateKey": "private", "publicKey": "ssh-ed25519 AAAA x"},
    "slipway:index:CertificateAuthority": {"certificatePem": "CA\n", "privateKeyPem": "CA KEY\n"},
    "slipway:index:Certificate": {
        "certificatePem": "CERT\n",
        "privateKeyPem": "KEY\n",
        "notAfter": "2030-01-01T00:00:00Z",
    },
    "slipway:index:HostAccess": {"machineId": "0" * 32},
    "slipway:aws:Instance": {"instanceId": "i-1", "privateIp": "10.60.64.7", "publicIp": "198.51.100.7"},
    "slipway:aws:InstanceRole": {"instanceProfileArn": "arn:profile"},
    "slipway:aws:NatGateway": {"publicIp": "198.51.100.1"},
    "slipway:aws:NetworkLoadBalancer": {"arn": "arn:nlb", "dnsName": "nlb.example.net", "zoneId": "Z1"},
    "slipway:aws:TargetGroup": {"arn": "arn:targets"},
    "slipway:aws:HostedZone": {"zoneId": "Z2", "nameServers": ["ns.example.net"]},
    "slipway:index:EngineImage": {"imageId": "sha256:" + "e" * 64},
    "slipway:index:AnsibleRun": {"results": {"control-plane-0": {"kubeconfig": KUBECONFIG}}},
    "docker:index/image:Image": {"repoDigest": "127.0.0.1:5443/slipway/x@sha256:" + "d" * 64},
}
"""Outputs that are no inputs, by type."""
ANSWERS: dict[str, dict[str, Any]] = {
    "slipway:aws:getZones": {"names": [f"eu-central-1{letter}" for letter in "abcd"]},
    "slipway:aws:getImage": {"id": "ami-1", "name": "debian-12", "creationDate": "", "rootDeviceName": "/dev/xvda"},
    "slipway:aws:getRegistryLogin": {
        "server": "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
        "user": "AWS",
        "password": "a token",
        "expiresAt": "2030-01-01T00:00:00Z",
    },
}
"""What functions of the plugin answer."""
SIZES = {"m6i.large": (2, 8192, ["x86_64"]), "t3.nano": (2, 512, ["x86_64"]), "m7g.large": (2, 8192, ["arm64"])}
"""Instance type -> cores, MiB and architectures."""


@dataclass(frozen=True)
class Registered:
    """One resource."""

    type: str
    name: str
    inputs: dict[str, Any]
    urn: str
    parent: str
    deleted_with: str
    dependencies: frozenset[str]
    provider: str


@dataclass
class Environment:
    """Everything a program registered."""

    resources: list[Registered] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    secret_outputs: set[str] = field(default_factory=set)

    def all(self, type_end: str) -> list[Registered]:
        """Return the resources of a type, named by the end of its token."""
        return [resource for resource in self.resources if resource.type.endswith(type_end)]

    def one(self, type_end: str, name: str) -> Registered:
        """Return a resource by type and name."""
        (found,) = [resource for resource in self.all(type_end) if resource.name == name]
        return found

    def objects(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return Kubernetes objects of a kind, by the name in their metadata."""
        found = [resource.inputs for resource in self.resources if resource.inputs.get("kind") == kind]
        return {inputs["metadata"]["name"]: inputs for inputs in found}


class _Answers(Mocks):
    def call(self, args: MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        if args.token in ANSWERS:
            return ANSWERS[args.token], []
        if args.token != "slipway:aws:getInstanceType":
            raise AssertionError(f"the program called {args.token}; it is to register resources only")
        name = args.args["name"]
        if name not in SIZES:
            return {}, [("name", f"getInstanceType: the region has no type {name}")]
        vcpus, memory_mib, architectures = SIZES[name]
        return {"name": name, "vcpus": vcpus, "memoryMib": memory_mib, "architectures": architectures}, []

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        if args.typ == "slipway:index:AddressBlocks":
            return args.name, {**args.inputs, "blocks": {name: n for n, name in enumerate(args.inputs["names"])}}
        return f"{args.name}-id", {**args.inputs, **COMPUTED.get(args.typ, {})}


class Monitor(MockMonitor):
    """The mock engine, which also writes down the options."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(_Answers())
        self._environment = environment

    def RegisterResource(self, request: Any) -> Any:  # noqa: ANN401, N802 - the protocol's own
        """Write the resource down and answer as the mock engine does."""
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type != "pulumi:pulumi:Stack":
            self._environment.resources.append(
                Registered(
                    type=request.type,
                    name=request.name,
                    inputs=pulumi.runtime.rpc.deserialize_properties(request.object, keep_unknowns=False),
                    urn=response.urn,
                    parent=request.parent,
                    deleted_with=request.deletedWith,
                    dependencies=frozenset(request.dependencies),
                    provider=request.provider,
                )
            )
        return response
