"""The Kubernetes cluster: prepared machines, a load balancer in front, control planes, and workers that join.

What runs inside the cluster is not its business.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pulumi
import yaml

from components.prepared_machine import HostSettings, PreparedMachine, PreparedMachineArgs
from plugins.slipway import sdk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.machine import Machine
    from components.platform_images import PlatformImages

API_PORT = 6443
DATA_DIRECTORY = "/var/lib/etcd"
"""Where a control plane keeps what the cluster is: etcd's data and the keys. On a volume it outlives the machine."""
VRRP_PASSWORD = 8
"""How many characters VRRP has for a password; see RFC 2338, section 5.3.6.2."""
CLUSTER_DNS = "10.96.0.10"
HTTP_NODE_PORT, HTTPS_NODE_PORT, HEALTH_NODE_PORT = 30080, 30443, 30900
CONTROL_PLANE_IMAGES = (
    "etcd", "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "pause",
)  # fmt: skip


@dataclass(frozen=True)
class ClusterArgs:
    """What a cluster is made of."""

    name: str
    load_balancers: Sequence[Machine]
    control_planes: Sequence[Machine]
    workers: Sequence[Machine]
    hosts: HostSettings
    images: PlatformImages
    endpoint: pulumi.Input[str]
    """Where everything inside the environment reaches the API servers, without the port."""
    api_server: pulumi.Output[str]
    """`host:port` at which this computer reaches them."""
    kubectl: str
    """Path of kubectl on this computer, which makes join tokens and drains what leaves."""
    virtual_ip: str | None = None
    """The address that the load balancers share; that of the only one when None."""
    balanced: Sequence[pulumi.Resource] = ()
    """What else has to be there before anything behind the endpoint is reached."""
    targets: Mapping[str, Sequence[pulumi.Resource]] = field(default_factory=dict)
    """Worker's name -> what sends it users; goes after it has left, when nobody is there any more."""
    shared_processors: bool = False
    """Whether the machines share processors: workers are then prepared after the control planes, while those start."""


class Cluster(pulumi.ComponentResource):
    """A cluster whose nodes are ready but for the network."""

    identifier: str
    """Names this cluster among all others; known before it exists."""
    address: pulumi.Input[str]
    """Where everything inside the environment reaches the API server."""
    joins: dict[str, sdk.AnsibleRun]
    """Worker's name -> what made it a node."""
    control_plane: pulumi.Resource | None
    """The first control plane's machine; without it there is no cluster."""
    kubeconfig: pulumi.Output[str]
    """Administrator's kubeconfig for use on this computer (secret)."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:Cluster", name, None, opts)
        self._args = args
        self.identifier, self.address = args.name, args.endpoint
        self.control_plane = args.control_planes[0].resource
        prepared = {machine.name: self._prepare(machine) for machine in args.control_planes}
        first_prepared = [each.run for each in prepared.values()] if args.shared_processors else []
        prepared |= {machine.name: self._prepare(machine, after=first_prepared) for machine in args.workers}
        balancers = self._balance(name)
        self._control_plane = self._start(name, prepared, balancers)
        first = args.control_planes[0].name
        internal = self._control_plane.results.apply(lambda results: str(results[first]["kubeconfig"]))
        kubeconfig = self._through_door(internal)
        self.kubeconfig = pulumi.Output.secret(self._once_it_answers(name, kubeconfig) if args.balanced else kubeconfig)
        self.joins = {worker.name: self._join(worker, prepared[worker.name]) for worker in args.workers}
        if args.load_balancers:
            self._balance_workers(name, balancers)
        self.register_outputs({"address": self.address})

    def _prepare(self, machine: Machine, after: Sequence[pulumi.Resource] = ()) -> PreparedMachine:
        return PreparedMachine(
            machine.name,
            PreparedMachineArgs(machine=machine, settings=self._args.hosts, after=after),
            pulumi.ResourceOptions(parent=self),
        )

    def _balance(self, name: str) -> list[sdk.AnsibleRun]:
        shared, secret = self._shared_address(name)
        return [
            self._balance_on(machine, f"{machine.name if index else name}-load-balancer", shared, secret)
            for index, machine in enumerate(self._args.load_balancers)
        ]

    def _shared_address(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the variables of the role virtual_ip, and the secret ones; none where there is no such address."""
        if self._args.virtual_ip is None:
            return {}, {}
        login = sdk.Password(f"{name}-virtual-ip", opts=pulumi.ResourceOptions(parent=self))
        hosts = [machine.plan.address for machine in self._args.load_balancers]
        return (
            {"virtual_ip_address": self._args.virtual_ip, "virtual_ip_hosts": hosts},
            {"virtual_ip_login": login.value.apply(lambda text: text[:VRRP_PASSWORD])},
        )

    def _balance_on(
        self, machine: Machine, name: str, shared: dict[str, Any], shared_secret: dict[str, Any]
    ) -> sdk.AnsibleRun:
        args = self._args
        secret = {**args.hosts.host_secret_variables(), **shared_secret}
        return self._run(
            name,
            "load_balancer.yml",
            [machine],
            variables={
                **shared,
                **args.hosts.host_variables(),
                "load_balancer_control_planes": [_backend(machine) for machine in args.control_planes],
                **machine.given_back(),
            },
            secret_variables=secret or None,
            delete_playbook=machine.reset_playbook,
            depends_on=[*machine.made, *args.hosts.packages],
        )

    def _balance_workers(self, name: str, balancers: Sequence[sdk.AnsibleRun]) -> None:
        """Send users to the workers: to new ones when they have joined, to none that is about to leave."""
        args = self._args
        self._run(
            f"{name}-load-balancer-workers",
            "load_balancer_workers.yml",
            args.load_balancers,
            variables={
                "load_balancer_workers": [_backend(machine) for machine in args.workers],
                "load_balancer_http_node_port": HTTP_NODE_PORT,
                "load_balancer_https_node_port": HTTPS_NODE_PORT,
                "load_balancer_health_node_port": HEALTH_NODE_PORT,
            },
            depends_on=[*balancers, *self.joins.values()],
        )

    def _start(
        self, name: str, prepared: dict[str, PreparedMachine], balancers: Sequence[sdk.AnsibleRun]
    ) -> sdk.AnsibleRun:
        args = self._args
        # 32 characters are the 32 bytes that the cipher wants; letters and digits leave 190 bits to guess.
        key = sdk.Password(f"{name}-encryption-key", length=32, opts=pulumi.ResourceOptions(parent=self))
        images = [args.images.resources[image] for image in CONTROL_PLANE_IMAGES]
        return self._run(
            f"{name}-control-plane",
            "control_plane.yml",
            args.control_planes,
            variables={**self._common(), "control_plane_certificate_names": ["localhost"]},
            secret_variables={
                "control_plane_encryption_key": key.value.apply(lambda text: base64.b64encode(text.encode()).decode())
            },
            depends_on=[
                *balancers,
                *args.balanced,
                *(prepared[machine.name].run for machine in args.control_planes),
                *images,
            ],
        )

    def _join(self, worker: Machine, prepared: PreparedMachine) -> sdk.AnsibleRun:
        return self._run(
            f"{worker.name}-join",
            "join.yml",
            [worker],
            variables={
                **self._common(),
                "join_kubectl": self._args.kubectl,
                "leave_reset": not worker.disposable,
            },
            secret_variables={"join_kubeconfig": self.kubeconfig},
            delete_playbook="leave.yml",
            forget_playbook="forget.yml",
            per_host=True,
            depends_on=[prepared.run, self._control_plane, *self._args.targets.get(worker.name, ())],
            deleted_with=self.control_plane,
        )

    def _common(self) -> dict[str, Any]:
        return {
            **self._args.hosts.cluster_variables(),
            "cluster_name": self._args.name,
            "cluster_endpoint": pulumi.Output.concat(self.address, f":{API_PORT}"),
        }

    def _run(
        self,
        name: str,
        playbook: str,
        machines: Sequence[Machine],
        *,
        variables: dict[str, Any],
        depends_on: Sequence[pulumi.Resource],
        secret_variables: dict[str, Any] | None = None,
        delete_playbook: str | None = None,
        forget_playbook: str | None = None,
        deleted_with: pulumi.Resource | None = None,
        per_host: bool | None = None,
    ) -> sdk.AnsibleRun:
        return sdk.AnsibleRun(
            name,
            playbook=playbook,
            delete_playbook=delete_playbook,
            forget_playbook=forget_playbook,
            hosts=[machine.as_output() for machine in machines],
            ssh_private_key=self._args.hosts.ssh_private_key,
            variables=variables,
            secret_variables=secret_variables,
            triggers=[machine.identity for machine in machines],
            per_host=per_host,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on), deleted_with=deleted_with),
        )

    def _through_door(self, kubeconfig: pulumi.Output[str]) -> pulumi.Output[str]:
        """Point a kubeconfig at where this computer reaches the API servers; their certificate fits loopback too."""

        def pointed(texts: Sequence[str]) -> str:
            document = yaml.safe_load(texts[0])
            for cluster in document["clusters"]:
                cluster["cluster"]["server"] = f"https://{texts[1]}"
            return str(yaml.safe_dump(document))

        return pulumi.Output.all(kubeconfig, self._args.api_server).apply(pointed)

    def _once_it_answers(self, name: str, kubeconfig: pulumi.Output[str]) -> pulumi.Output[str]:
        """Hold a kubeconfig back until its door lets us in: a load balancer takes a while to trust a new server."""
        authority = kubeconfig.apply(_authority)
        gate = sdk.HttpGate(
            f"{name}-door",
            url=pulumi.Output.concat("https://", self._args.api_server, "/readyz"),
            ca_pem=authority,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.Output.all(kubeconfig, gate.id).apply(lambda both: str(both[0]))


def _authority(kubeconfig: str) -> str:
    """Return the certificate (PEM) of the authority that a kubeconfig trusts."""
    (cluster,) = yaml.safe_load(kubeconfig)["clusters"]
    return base64.b64decode(cluster["cluster"]["certificate-authority-data"]).decode()


def _backend(machine: Machine) -> dict[str, pulumi.Input[str]]:
    return {"name": machine.name, "address": machine.address}
