"""The program that Pulumi runs: read top to bottom, this is the environment.

It decides nothing: settings decide what exists, the layers say how.
"""

import pulumi

from stacks import cluster_platform, foundation, outputs, settings, workloads
from toolchain.failure import ToolchainError


def environment(stack: str) -> None:
    """Register everything that the environment consists of."""
    wanted = settings.from_pulumi(stack)
    base = foundation.lay(stack, wanted)  # hosts must exist before anything can run on them
    services = cluster_platform.install(wanted, base)  # needs the API server and the images in the registry
    application = workloads.deploy(stack, wanted, base, services)  # needs gateway, network and storage
    outputs.export(wanted, base, application)


try:
    environment(pulumi.get_stack())
except (settings.SettingsError, ToolchainError) as error:
    raise pulumi.RunError(str(error)) from None  # written for people: a traceback would bury it
