"""The third layer: the n-tier application.

Its images are built here from apps/; nothing outside this file knows which tiers there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components import database_engine
from components.app_image import AppImage, AppImageArgs
from components.application_namespace import ApplicationNamespace, ApplicationNamespaceArgs
from components.document_store import DocumentStore, DocumentStoreArgs
from components.registry import reference
from components.rest_api import RestApi, RestApiArgs
from components.web_frontend import WebFrontend, WebFrontendArgs
from stacks import machine_plans

if TYPE_CHECKING:
    from components.registry import RegistryService
    from stacks.cluster_platform import Platform
    from stacks.foundation import Foundation
    from stacks.settings import Settings

NAMESPACE = "catalogue"


@dataclass(frozen=True)
class Workloads:
    """The tiers of the application."""

    namespace: ApplicationNamespace
    database: DocumentStore
    api: RestApi
    frontend: WebFrontend


def deploy(stack: str, settings: Settings, base: Foundation, platform: Platform) -> Workloads:
    """Deploy the layer."""
    namespace = ApplicationNamespace("catalogue", ApplicationNamespaceArgs(name=NAMESPACE), platform.inside)
    inside = pulumi.ResourceOptions.merge(platform.inside, pulumi.ResourceOptions(depends_on=[namespace.namespace]))
    database = _database(settings, base, platform, namespace, inside)
    api = RestApi(
        "api",
        RestApiArgs(
            image=_image(stack, base, "api", "api-runtime"),
            replicas=settings.api.replicas,
            open_nodes=machine_plans.open_workers(settings),
            database=database,
            public_name=settings.public_name,
            gateway=platform.gateway,
            namespace=namespace,
        ),
        inside,
    )
    frontend = WebFrontend(
        "frontend",
        WebFrontendArgs(
            image=_image(stack, base, "frontend", "frontend-runtime"),
            replicas=settings.frontend.replicas,
            open_nodes=machine_plans.open_workers(settings),
            public_name=settings.public_name,
            gateway=platform.gateway,
            namespace=namespace,
        ),
        inside,
    )
    return Workloads(namespace=namespace, database=database, api=api, frontend=frontend)


def _database(
    settings: Settings,
    base: Foundation,
    platform: Platform,
    namespace: ApplicationNamespace,
    options: pulumi.ResourceOptions,
) -> DocumentStore:
    pool = next(pool for pool in settings.pools if pool.name == settings.database.pool)
    if settings.database.image is not None:  # with mongodb and only then, says settings_rules
        engine = database_engine.mongodb(_in_registry(base.registry, settings.database.image))
    else:
        engine = database_engine.ferretdb(base.images.references["ferretdb"])
    return DocumentStore(
        "database",
        DocumentStoreArgs(
            engine=engine,
            namespace=namespace,
            storage=platform.storage,
            volume_mib=settings.database.volume_mib,
            pool=pool.name,
            taints=pool.taints,
            authority=base.authority,
        ),
        options,
    )


def _in_registry(registry: RegistryService, image: str) -> str:
    """Return the image under the name of the environment's registry, which nodes ask whatever another name says."""
    host, slash, repository = image.partition("/")
    return reference(registry, repository if slash and ("." in host or ":" in host) else image)


def _image(stack: str, base: Foundation, name: str, runtime: str) -> pulumi.Output[str]:
    image = AppImage(
        name,
        AppImageArgs(
            environment=stack,
            context=f"{pulumi.get_root_directory()}/apps/{name}",
            runtime_image=base.images.published[runtime],
            registry=base.registry,
        ),
    )
    return image.reference
