"""The emulated cloud's objects in the container engine: one network, and a container for each instance and balancer.

It deliberately finds them by slipway's labels, so that it also finds what a cloud left that was killed.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import docker
from docker.errors import APIError, DockerException, NotFound
from docker.types import IPAMConfig, IPAMPool

from toolchain import labels
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container
    from docker.models.networks import Network

    from toolchain.emulator.settings import CloudSettings

TIMEOUT_SECONDS = 60
REMOVERS = 4


def ensure_network(settings: CloudSettings) -> None:
    """Make the network, unless it is there.

    Raises:
        ToolchainError: The engine refuses, or a network of that name has other addresses.
    """
    engine = connect()
    if network := _network(engine, settings.environment):
        present = [pool["Subnet"] for pool in network.attrs["IPAM"]["Config"]]
        if present != [settings.cidr]:
            raise ToolchainError(
                f"The network {settings.network} has the addresses {', '.join(present)}, not {settings.cidr}.\n"
                f"Take the environment away first: slipway destroy {settings.environment}"
            )
        return
    pool = IPAMPool(subnet=settings.cidr, gateway=settings.gateway, iprange=settings.instance_cidr)
    try:
        engine.networks.create(
            settings.network, driver="bridge", ipam=IPAMConfig(pool_configs=[pool]), labels=settings.labels
        )
    except APIError as error:
        raise ToolchainError(
            f"The container engine refuses the network {settings.network} with the addresses {settings.cidr}: "
            f"{error.explanation}\nChoose addresses that nothing else on this computer uses."
        ) from error


def containers(environment: str) -> dict[str, str]:
    """Return every container of the cloud, name -> state, sorted by name."""
    return {
        str(item.name): str(item.status)
        for item in sorted(_containers(connect(), environment), key=lambda c: str(c.name))
    }


def remove_containers(environment: str) -> bool:
    """Remove all instances and load balancers with their volumes; return whether there was one."""
    found = _containers(connect(), environment)
    with ThreadPoolExecutor(REMOVERS) as pool:
        list(pool.map(_remove, found))
    return bool(found)


def remove_everything(environment: str) -> bool:
    """Remove the containers and the network; return whether there was anything.

    Raises:
        ToolchainError: The engine refuses.
    """
    removed = remove_containers(environment)
    network = _network(connect(), environment)
    if network is None:
        return removed
    try:
        network.remove()
    except APIError as error:
        raise ToolchainError(f"The network {network.name} cannot be removed: {error.explanation}") from error
    return True


def connect() -> DockerClient:
    """Return a client of the container engine.

    Raises:
        ToolchainError: It does not answer.
    """
    try:
        engine = docker.from_env(timeout=TIMEOUT_SECONDS)
        engine.ping()
    except DockerException as error:
        raise ToolchainError(f"The container engine does not answer: {error}\nStart it with: slipway setup") from error
    return engine


def _network(engine: DockerClient, environment: str) -> Network | None:
    found = engine.networks.list(filters={"label": f"{labels.ENVIRONMENT}={environment}"})
    return next((item for item in found if item.name == f"slipway-{environment}"), None)


def _containers(engine: DockerClient, environment: str) -> list[Container]:
    return list(engine.containers.list(all=True, filters={"label": f"{labels.ENVIRONMENT}={environment}"}))


def _remove(container: Container) -> None:
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        # 409: a removal is under way already, by the cloud itself.
        if error.status_code != 409:  # noqa: PLR2004 - Conflict
            raise ToolchainError(f"{container.name} cannot be removed: {error.explanation}") from error
