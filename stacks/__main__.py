"""The program that Pulumi runs: read top to bottom, this is the environment.

It decides nothing: settings decide what exists, the layers say how.
"""

import asyncio
from typing import TYPE_CHECKING

import pulumi

from stacks import foundation, settings
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from types import ModuleType


async def environment() -> None:
    """Register everything that the environment consists of.

    Raises:
        pulumi.RunError: The settings or the toolchain do not allow it; the text is for people.
    """
    stack = pulumi.get_stack()
    try:
        wanted = settings.from_pulumi(stack)
        # Loading the Kubernetes SDK takes a second. It begins when this program first waits for the engine.
        loading = asyncio.create_task(asyncio.to_thread(_inside_the_cluster))
        base = await foundation.lay(stack, wanted)  # hosts must exist before anything can run on them
        cluster_platform, workloads, drift_watch, outputs = await loading
        services = cluster_platform.install(wanted, base)  # needs the API server and the images in the registry
        application = workloads.deploy(stack, wanted, base, services)  # needs gateway, network and storage
        drift_watch.keep(stack, wanted, base, services)  # only where the environment asks for it
        outputs.export(wanted, base, application)
    except (settings.SettingsError, ToolchainError) as error:
        raise pulumi.RunError(str(error)) from None  # a traceback would bury it


def _inside_the_cluster() -> "tuple[ModuleType, ...]":
    from stacks import cluster_platform, drift_watch, outputs, workloads  # noqa: PLC0415

    return cluster_platform, workloads, drift_watch, outputs


pulumi.run(environment)
