"""The connection to the container engine of this machine, with an error that says what to do when there is none.

It deliberately starts nothing: that is set-up's task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from docker import DockerClient

TIMEOUT_SECONDS = 60


def connect() -> DockerClient:
    """Return a client of the engine that `DOCKER_HOST` names, else of the local one.

    Raises:
        OperationFailedError: It does not answer.
    """
    import docker  # noqa: PLC0415 - takes a tenth of a second, which `--help` need not pay
    from docker.errors import DockerException  # noqa: PLC0415

    try:
        client = docker.from_env(timeout=TIMEOUT_SECONDS)
        client.ping()
    except DockerException as error:
        raise OperationFailedError(
            f"The container engine does not answer: {error}\nStart it with: slipway setup"
        ) from error
    return client
