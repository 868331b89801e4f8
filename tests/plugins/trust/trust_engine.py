"""What a trust test's stack has in the container engine, found by its label alone, and the image that it starts from.

It asks the engine and never the state.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from tests.plugins.docker.conftest import build_image, clean, clean_objects
from tests.plugins.trust import twenty

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

    from tests.plugins.trust.twenty import WantedInEngine

MIB: Final = 1024 * 1024


class TrustEngine:
    """One stack's part of the engine."""

    def __init__(self, api: docker.APIClient, busybox: Path, stack: str) -> None:
        self._api, self._stack = api, stack
        self._label = f"{twenty.ENVIRONMENT}={stack}"
        clean(api, self._label)
        build_image(api, busybox, twenty.base_image(stack), self._label)

    def clean(self) -> None:
        """Remove whatever is left."""
        clean(self._api, self._label)

    def remove_objects(self) -> None:
        """Remove whatever is left but for the images."""
        clean_objects(self._api, self._label)

    def live(self) -> dict[str, dict[str, Any]]:
        """Return the engine's description of containers, networks and volumes, by id (volumes: by name)."""
        by_label = {"label": self._label}
        containers = [
            self._api.inspect_container(item["Id"]) for item in self._api.containers(all=True, filters=by_label)
        ]
        networks = [self._api.inspect_network(item["Id"]) for item in self._api.networks(filters=by_label)]
        volumes = self._api.volumes(filters=by_label)["Volumes"] or []
        return {item.get("Id") or item["Name"]: item for item in [*containers, *networks, *volumes]}

    def image_labels(self) -> dict[str, str]:
        """Return the labels of the image that the stack builds."""
        labels: dict[str, str] = self._api.inspect_image(twenty.image_name(self._stack))["Config"]["Labels"]
        return labels

    def events(self, since: float, until: float) -> list[str]:
        """Return what happened to objects of this stack between two times, in seconds since the epoch.

        Others use the same engine, so an event counts if its object has the stack's label or any name of the stack's.
        """
        return [
            f"{event['Type']} {event['Action']} {event['Actor']['Attributes'].get('name', '')}"
            for event in self._api.events(since=int(since), until=int(until), decode=True)
            if self._is_ours(event["Actor"])
        ]

    def _is_ours(self, actor: dict[str, Any]) -> bool:
        attributes = actor.get("Attributes") or {}
        names = (actor.get("ID", ""), attributes.get("name", ""))
        return attributes.get(twenty.ENVIRONMENT) == self._stack or any(name.startswith(self._stack) for name in names)


def fits(wanted: WantedInEngine, found: dict[str, Any]) -> bool:
    """Say whether an object of the engine is as the program wants it."""
    name = found["Name"].lstrip("/")
    if not (name == wanted.spelling or (not wanted.spelling and name.startswith(f"{wanted.name}-"))):
        return False
    if wanted.kind != "container":
        return wanted.labels.items() <= found["Labels"].items()
    return (
        bool(found["State"]["Running"])
        and found["HostConfig"]["Memory"] == wanted.memory_mib * MIB
        and set(wanted.environment) <= set(found["Config"]["Env"])
    )


def at_the_next_second() -> float:
    """Wait until events of before and after are of different seconds, which is how the engine tells them apart."""
    time.sleep(1.1)
    return time.time()


def trust_engine(api: docker.APIClient, busybox: Path, stack: str) -> Iterator[TrustEngine]:
    """Yield a clean part of the engine, and leave it clean."""
    engine = TrustEngine(api, busybox, stack)
    try:
        yield engine
    finally:
        engine.clean()
