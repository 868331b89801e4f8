"""The web page of the catalogue: a web tier of static files that talks to nothing.

What a web tier is, says ``components.web_tier``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components import pods
from components.web_tier import Probes, WebTier, WebTierArgs

if TYPE_CHECKING:
    from components.application_namespace import ApplicationNamespace
    from components.gateway import Gateway

NAME = "frontend"


@dataclass(frozen=True)
class WebFrontendArgs:
    """What the frontend needs."""

    image: pulumi.Input[str]
    replicas: int
    open_nodes: int
    """Workers that take any pod."""
    public_name: str
    gateway: Gateway
    namespace: ApplicationNamespace


class WebFrontend(pulumi.ComponentResource):
    """The page's tier."""

    tier: WebTier

    def __init__(self, name: str, args: WebFrontendArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:index:WebFrontend", name, None, opts)
        probe = "/healthz"
        self.tier = WebTier(
            name,
            WebTierArgs(
                tier=NAME,
                image=args.image,
                replicas=args.replicas,
                open_nodes=args.open_nodes,
                probes=Probes(startup=probe, ready=probe, live=probe),
                path_prefix="/",
                public_name=args.public_name,
                gateway=args.gateway,
                namespace=args.namespace,
                resources=pods.resources(cpu="50m", memory="32Mi", memory_limit="128Mi"),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"replicas": args.replicas})
