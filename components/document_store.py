"""The document database: one pod on the database pool, its data on a local volume, its door with TLS and a login.

It speaks the MongoDB wire protocol, whichever engine answers; ``components.database_engine`` says what differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi_kubernetes.apps.v1 import StatefulSet
from pulumi_kubernetes.core.v1 import Secret, Service

from components import pods
from components.database_engine import LOGIN_SECRET, PORT, TLS_DIRECTORY, DatabaseEngine
from components.kept_rules import kept_rules
from plugins.slipway import sdk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.application_namespace import ApplicationNamespace
    from components.local_storage import LocalStorage

NAME = "database"
LABELS = {"app.kubernetes.io/name": NAME}
USERNAME = "catalogue"
CA_SECRET = "database-ca"  # noqa: S105 - the name of an object


@dataclass(frozen=True)
class DocumentStoreArgs:
    """What the database needs."""

    engine: DatabaseEngine
    namespace: ApplicationNamespace
    storage: LocalStorage
    volume_mib: int
    pool: str
    taints: Sequence[str]
    """Of that pool, so that the pod tolerates them."""
    authority: sdk.CertificateAuthority


class DocumentStore(pulumi.ComponentResource):
    """The database, its login and its certificate."""

    host: str
    authentication_source: str
    login: Secret
    certificate_authority: Secret

    def __init__(self, name: str, args: DocumentStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:DocumentStore", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = args.namespace.name
        self.host = f"{NAME}.{namespace}.svc.cluster.local"
        self.authentication_source = args.engine.authentication_source
        self.login = self._login(name, namespace, child)
        tls = self._tls(name, namespace, args, child)
        self.certificate_authority = Secret(
            f"{name}-ca",
            metadata={"name": CA_SECRET, "namespace": namespace},
            string_data={"ca.crt": args.authority.certificate_pem},
            opts=child,
        )
        service = Service(
            name,
            metadata=pods.not_awaited(NAME, namespace),
            spec={"selector": LABELS, "ports": [{"name": "mongodb", "port": PORT, "target_port": PORT}]},
            opts=child,
        )
        metadata = {"name": NAME, "namespace": namespace}
        self.stateful_set = StatefulSet(
            name,
            metadata=metadata,
            spec=kept_rules("StatefulSet", metadata, _spec(args)),
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(depends_on=[self.login, tls, service, args.storage])
            ),
        )
        self.register_outputs({"host": self.host})

    def _login(self, name: str, namespace: str, child: pulumi.ResourceOptions) -> Secret:
        password = sdk.Password(f"{name}-password", opts=child)
        return Secret(
            f"{name}-login",
            metadata={"name": LOGIN_SECRET, "namespace": namespace},
            string_data={"username": USERNAME, "password": password.value},
            opts=child,
        )

    def _tls(self, name: str, namespace: str, args: DocumentStoreArgs, child: pulumi.ResourceOptions) -> Secret:
        certificate = sdk.Certificate(
            f"{name}-certificate",
            ca_certificate_pem=args.authority.certificate_pem,
            ca_private_key_pem=args.authority.private_key_pem,
            common_name=self.host,
            dns_names=[NAME, f"{NAME}.{namespace}", f"{NAME}.{namespace}.svc", self.host, "localhost"],
            ip_addresses=["127.0.0.1"],
            opts=child,
        )
        return Secret(
            f"{name}-tls",
            metadata={"name": "database-tls", "namespace": namespace},
            type="kubernetes.io/tls",
            string_data={
                "tls.crt": certificate.certificate_pem,
                "tls.key": certificate.private_key_pem,
                # mongod wants both in one file, and the authority beside it.
                "tls.pem": pulumi.Output.concat(certificate.certificate_pem, certificate.private_key_pem),
                "ca.crt": args.authority.certificate_pem,
            },
            opts=child,
        )


def _spec(args: DocumentStoreArgs) -> dict[str, Any]:
    engine = args.engine
    container = pods.restricted_container(
        NAME,
        engine.image,
        command=list(engine.command),
        env=[dict(variable) for variable in engine.environment],
        ports=[{"name": "mongodb", "container_port": PORT}],
        resources=pods.resources(cpu="250m", memory="256Mi", memory_limit="1Gi"),
        startup_probe={"tcp_socket": {"port": PORT}, "period_seconds": 1, "failure_threshold": 120},
        readiness_probe={"tcp_socket": {"port": PORT}, "period_seconds": 5},
        liveness_probe={"tcp_socket": {"port": PORT}, "period_seconds": 10, "failure_threshold": 6},
        volume_mounts=[
            {"name": "data", "mount_path": engine.data_directory},
            {"name": "tls", "mount_path": TLS_DIRECTORY, "read_only": True},
            *(dict(mount) for mount in engine.mounts),
        ],
    )
    pod = pods.restricted_pod(
        enable_service_links=False,
        node_selector={"slipway.io/pool": args.pool},
        tolerations=pods.tolerations(args.taints),
        termination_grace_period_seconds=30,
        containers=[container],
        volumes=[
            {"name": "tls", "secret": {"secret_name": "database-tls", "default_mode": 0o440}},
            *(dict(volume) for volume in engine.volumes),
        ],
    )
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "access_modes": ["ReadWriteOnce"],
            "storage_class_name": args.storage.storage_class.metadata["name"],
            "resources": {"requests": {"storage": f"{args.volume_mib}Mi"}},
        },
    }
    return {
        "replicas": 1,
        "service_name": NAME,
        "selector": {"match_labels": LABELS},
        "template": {"metadata": {"labels": LABELS}, "spec": pod},
        "volume_claim_templates": [claim],
    }
