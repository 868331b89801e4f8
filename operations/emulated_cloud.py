"""The emulated cloud of an environment that is tried without an account: there before Pulumi runs, gone after destroy.

It deliberately decides nothing about the cloud itself; that is toolchain.emulator's.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from rich.console import Console

    from stacks.settings import Settings

DEFAULT_REGION = "eu-central-1"


def bring(environment: str, settings: Settings, console: Console) -> None:
    """See that the cloud runs, where the environment's file wants one; somebody else's is left as it is.

    Raises:
        OperationFailedError: It ended by itself, and with it everything that was in it.
        ToolchainError: It cannot be started.
    """
    cloud = settings.aws
    if cloud is None or cloud.emulator is None:
        return
    from toolchain.emulator import life, presence  # noqa: PLC0415 - for these environments alone

    if presence.recorded(environment) is None and os.environ.get("AWS_ENDPOINT_URL") == cloud.emulator.endpoint:
        return  # The user keeps one there: it was before this environment, and stays after it.
    if presence.is_lost(environment):
        raise OperationFailedError(
            f"The emulated AWS of '{environment}' was killed, or this computer was started anew: all in it is gone.\n"
            f"Take the rest away, then begin again: slipway destroy {environment} && slipway up {environment}"
        )
    status = life.start(
        environment,
        cidr=cloud.emulator.network,
        port=cloud.emulator.port,
        registry_port=cloud.emulator.registry_port,
        region=cloud.region or os.environ.get("AWS_REGION") or DEFAULT_REGION,
    )
    if status.started_now:
        console.print(f"emulated AWS: {status.endpoint}", markup=False)


def remove(environment: str) -> None:
    """End the cloud, where there is one.

    Raises:
        ToolchainError: The container engine refuses to remove something.
    """
    from toolchain.emulator import presence  # noqa: PLC0415 - keeps `--help` quick

    if presence.recorded(environment) is not None:
        from toolchain.emulator import life  # noqa: PLC0415 - for these environments alone

        life.stop(environment)
