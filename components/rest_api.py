"""The REST API of the catalogue: a web tier that may talk to the database.

What a web tier is, says ``components.web_tier``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
from pulumi_kubernetes.core.v1 import ConfigMap

from components import database_engine, document_store, pods
from components.application_namespace import ApplicationNamespace, pod_peer
from components.web_tier import Probes, WebTier, WebTierArgs

if TYPE_CHECKING:
    from components.document_store import DocumentStore
    from components.gateway import Gateway

NAME = "api"
LABELS = {"app.kubernetes.io/name": NAME}
LOGIN_DIRECTORY = "/run/secrets/database"
CA_DIRECTORY = "/run/secrets/database-ca"


@dataclass(frozen=True)
class RestApiArgs:
    """What the API needs."""

    image: pulumi.Input[str]
    replicas: int
    open_nodes: int
    """Workers that take any pod."""
    public_name: str
    gateway: Gateway
    namespace: ApplicationNamespace
    database: DocumentStore


class RestApi(pulumi.ComponentResource):
    """The API's configuration and its tier."""

    tier: WebTier

    def __init__(self, name: str, args: RestApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:RestApi", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        settings = _settings(args.database)
        config = ConfigMap(
            f"{name}-settings",
            metadata={"name": "api-settings", "namespace": args.namespace.name},
            data=settings,
            opts=child,
        )
        args.namespace.allow(pod_peer(LABELS), NAME, document_store.LABELS, database_engine.PORT)
        self.tier = WebTier(
            name,
            WebTierArgs(
                tier=NAME,
                image=args.image,
                replicas=args.replicas,
                open_nodes=args.open_nodes,
                probes=Probes(startup="/health/startup", ready="/health/ready", live="/health/live"),
                path_prefix="/api/",
                public_name=args.public_name,
                gateway=args.gateway,
                namespace=args.namespace,
                resources=pods.resources(cpu="100m", memory="96Mi", memory_limit="256Mi"),
                environment_from=["api-settings"],
                volumes=[
                    {
                        "name": "database-login",
                        "secret": {"secret_name": database_engine.LOGIN_SECRET, "default_mode": 0o440},
                    },
                    {"name": "database-ca", "secret": {"secret_name": document_store.CA_SECRET}},
                ],
                mounts=[
                    {"name": "database-login", "mount_path": LOGIN_DIRECTORY, "read_only": True},
                    {"name": "database-ca", "mount_path": CA_DIRECTORY, "read_only": True},
                ],
                annotations={"slipway.io/settings-digest": _digest(settings)},
            ),
            opts=pulumi.ResourceOptions.merge(
                child,
                pulumi.ResourceOptions(depends_on=[config, args.database.login, args.database.certificate_authority]),
            ),
        )
        self.register_outputs({"replicas": args.replicas})


def _settings(database: DocumentStore) -> dict[str, str]:
    return {
        "CATALOGUE_DATABASE_HOST": database.host,
        "CATALOGUE_DATABASE_PORT": str(database_engine.PORT),
        "CATALOGUE_DATABASE_NAME": database_engine.DATABASE,
        "CATALOGUE_DATABASE_AUTHENTICATION_SOURCE": database.authentication_source,
        "CATALOGUE_DATABASE_CREDENTIALS_DIRECTORY": LOGIN_DIRECTORY,
        "CATALOGUE_DATABASE_CA_FILE": f"{CA_DIRECTORY}/ca.crt",
    }


def _digest(settings: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
