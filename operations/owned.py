"""What slipway owns in a container engine, found by label: listed for people and removed as the last step of `destroy`.

It deliberately knows nothing of Pulumi's state, so that it also finds what a lost state no longer tells.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from toolchain import labels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from docker import DockerClient

_ENVIRONMENT_IN_NAME = re.compile(r"(?:^|/)slipway-([a-z0-9-]+)/")
"""As `slipway-ENV/machine`, or `ACCOUNT.dkr.ecr.REGION.amazonaws.com/slipway-ENV/api`."""
NAMELESS = "<none>:<none>"
"""How engines before version 25 list an image without a name."""
DISK_USAGE_TRIES = 10
DISK_USAGE_PAUSE_SECONDS = 0.3


class Owned(BaseModel):
    """One object in the container engine."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    kind: Literal["container", "network", "volume", "image"]
    name: str
    id: str
    environment: str | None
    """None for what all environments share, such as an image."""
    state: str
    size_bytes: int | None
    """Bytes on disk that this object alone takes; None where the engine does not tell."""


def owned_objects(client: DockerClient, *, environment: str | None = None, sizes: bool = False) -> list[Owned]:
    """Return everything with slipway's labels, or only what belongs to one environment.

    The order is that in which things can be removed: containers hold networks, volumes and images.

    Args:
        client: The engine.
        environment: Only what belongs to this one.
        sizes: Also tell what containers and volumes take on disk, for which the engine walks over all of it.
    """
    label = f"{labels.ENVIRONMENT}={environment}" if environment else f"{labels.PROJECT}={labels.OWNER}"
    usage = _disk_usage(client) if sizes else {}
    own = [
        *_containers(client, label, usage),
        *_networks(client, label),
        *_volumes(client, label, usage),
        *_images(client, label),
    ]
    # Only with something of its own: a mistyped name must not take what others share.
    return [*own, *_unused_images(client, environment)] if environment and own else own


def remove_owned(client: DockerClient, objects: list[Owned], *, tell: Callable[[Owned], None]) -> list[str]:
    """Remove objects in the order given and return the engine's refusals; one that is gone already is none."""
    from docker.errors import APIError, NotFound  # noqa: PLC0415 - see container_engine

    removals: dict[str, Callable[[str], object]] = {
        "container": lambda key: client.api.remove_container(key, force=True, v=True),
        "network": client.api.remove_network,
        "volume": lambda key: client.api.remove_volume(key, force=True),
        "image": lambda key: client.api.remove_image(key, force=True),
    }
    refusals = []
    for item in objects:
        try:
            removals[item.kind](item.id)
        except NotFound:
            continue
        except APIError as error:
            if item.kind == "image" and _is_gone(client, item.id):
                continue  # by somebody else, in this very moment: the engine has other words for that
            # The next ones may go all the same; what must be gone is looked for again by the caller.
            refusals.append(f"{item.kind} {item.name}: {error.explanation or error}")
            continue
        tell(item)
    return refusals


def _is_gone(client: DockerClient, image: str) -> bool:
    from docker.errors import NotFound  # noqa: PLC0415 - see container_engine

    try:
        client.images.get(image)
    except NotFound:
        return True
    return False


def _disk_usage(client: DockerClient) -> dict[str, Any]:
    """Return what the engine knows of sizes; it answers one such question at a time and refuses others meanwhile."""
    from docker.errors import APIError  # noqa: PLC0415 - see container_engine

    for _ in range(DISK_USAGE_TRIES):
        try:
            usage: dict[str, Any] = client.df()
        except APIError:
            time.sleep(DISK_USAGE_PAUSE_SECONDS)
        else:
            return usage
    return {}


def _containers(client: DockerClient, label: str, usage: dict[str, Any]) -> Iterator[Owned]:
    sizes = {entry["Id"]: entry.get("SizeRw", 0) for entry in usage.get("Containers") or ()}
    for entry in client.api.containers(all=True, filters={"label": label}):
        yield Owned(
            kind="container",
            name=entry["Names"][0].lstrip("/") if entry["Names"] else entry["Id"][:12],
            id=entry["Id"],
            environment=(entry.get("Labels") or {}).get(labels.ENVIRONMENT),
            state=entry["State"],
            size_bytes=sizes.get(entry["Id"]),
        )


def _networks(client: DockerClient, label: str) -> Iterator[Owned]:
    for entry in client.api.networks(filters={"label": label}):
        yield Owned(
            kind="network",
            name=entry["Name"],
            id=entry["Id"],
            environment=(entry.get("Labels") or {}).get(labels.ENVIRONMENT),
            state="present",
            size_bytes=None,
        )


def _volumes(client: DockerClient, label: str, usage: dict[str, Any]) -> Iterator[Owned]:
    sizes = {entry["Name"]: (entry.get("UsageData") or {}).get("Size") for entry in usage.get("Volumes") or ()}
    for entry in client.api.volumes(filters={"label": label}).get("Volumes") or ():
        yield Owned(
            kind="volume",
            name=entry["Name"],
            id=entry["Name"],
            environment=(entry.get("Labels") or {}).get(labels.ENVIRONMENT),
            state="present",
            size_bytes=sizes.get(entry["Name"]),
        )


def _unused_images(client: DockerClient, environment: str) -> Iterator[Owned]:
    """Find images that environments share (machine, registry, bases of builds) and that no other one uses now.

    They are made from the cache or pulled from a registry that goes too, so nothing is lost with them.
    """
    containers = client.api.containers(all=True)
    used = {container["ImageID"] for container in containers}
    theirs = [
        each for each in containers if (each.get("Labels") or {}).get(labels.ENVIRONMENT) not in (None, environment)
    ]
    doors = _doors(theirs)
    for image in _images(client, f"{labels.PROJECT}={labels.OWNER}"):
        # An image that has no name yet may be on its way into another environment; the last one takes those along.
        nameless = bool(theirs) and image.name == _short(image.id)
        others = [name for name in image.name.split(", ") if _is_of_others(name, environment, doors)]
        if image.environment is None and image.id not in used and not others and not nameless:
            yield image


def _doors(containers: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """Return how names of images begin that come from what containers publish, such as registries."""
    return tuple(
        f"127.0.0.1:{port['PublicPort']}/" for each in containers for port in each["Ports"] if "PublicPort" in port
    )


def _is_of_others(name: str, environment: str, doors: tuple[str, ...]) -> bool:
    """Say whether an image's name is that of another environment, which may be about to build on it."""
    named = _ENVIRONMENT_IN_NAME.search(name)
    return name.startswith(doors) or (named is not None and named.group(1) != environment)


def _images(client: DockerClient, label: str) -> Iterator[Owned]:
    for entry in client.api.images(filters={"label": label}):
        yield Owned(
            kind="image",
            name=", ".join(name for name in entry.get("RepoTags") or () if name != NAMELESS) or _short(entry["Id"]),
            id=entry["Id"],
            environment=(entry.get("Labels") or {}).get(labels.ENVIRONMENT),
            state="present",
            size_bytes=entry["Size"],
        )


def _short(image: str) -> str:
    return image.removeprefix("sha256:")[:12]
