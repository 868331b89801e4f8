"""The drift watch, where an environment asks for one: its image, built here, and its CronJob.

It is not part of the platform, which is the same in every environment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.app_image import AppImage, AppImageArgs
from components.cluster import API_PORT
from components.drift_watch import DriftWatch, DriftWatchArgs
from stacks.settings_model import WATCH_IMAGE
from stacks.settings_values import CLUSTER_NETWORKS

if TYPE_CHECKING:
    from stacks.cluster_platform import Platform
    from stacks.foundation import Foundation
    from stacks.settings import Settings


def keep(stack: str, settings: Settings, base: Foundation, platform: Platform) -> DriftWatch | None:
    """Keep a watch; none where the environment does not ask for it."""
    if not settings.drift.watch:
        return None
    image = AppImage(
        "drift",
        AppImageArgs(
            environment=stack,
            context=f"{pulumi.get_root_directory()}/operations",
            dockerfile="drift/watch/Dockerfile",
            runtime_image=base.images.published[WATCH_IMAGE],
            registry=base.registry,
        ),
    )
    endpoint = base.cluster.address
    return DriftWatch(
        "drift-watch",
        DriftWatchArgs(
            image=image.reference,
            api_server_address=endpoint,
            api_server_network=f"{endpoint}/32" if isinstance(endpoint, str) else "0.0.0.0/0",
            api_server_port=API_PORT,
            schedule=settings.drift.schedule,
            webhook=settings.drift.webhook,
            inner_networks=[*map(str, CLUSTER_NETWORKS.values()), settings.machine_network],
        ),
        platform.inside,
    )
