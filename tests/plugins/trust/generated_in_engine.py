"""Hypothesis strategies for objects of the container engine, and what somebody else may do to them.

Nothing here runs; the engine's own client does what is described.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.plugins.trust import twenty

if TYPE_CHECKING:
    from collections.abc import Callable

    import docker

    from tests.plugins.docker.stack import Deployed

STACK = "slipway-generated"
MIB = 1024 * 1024

names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
values = st.text(max_size=12).filter(lambda text: "\0" not in text)


def labelled(drawn: dict[str, str]) -> list[dict[str, str]]:
    """Return labels as inputs, with the one by which everything is found again."""
    return [{"label": key, "value": value} for key, value in {twenty.ENVIRONMENT: STACK, **drawn}.items()]


labels = st.dictionaries(names.map(lambda text: f"example.com/{text}"), values, max_size=3).map(labelled)
# A name of one's own, or one that is generated.
naming = st.sampled_from([True, False])


@dataclass(frozen=True)
class Program:
    """The inputs of three resources; the container is in the network and has the volume."""

    network: dict[str, Any]
    volume: dict[str, Any]
    container: dict[str, Any]


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Return what a user may write."""
    network: dict[str, Any] = {
        "labels": draw(labels),
        "ipamConfigs": [{"subnet": "10.94.0.0/24"}],
        "internal": draw(st.booleans()),
    }
    volume: dict[str, Any] = {"labels": draw(labels)}
    container = draw(_containers)
    for kind, inputs in (("net", network), ("vol", volume), ("run", container)):
        if draw(naming):
            inputs["name"] = f"{STACK}-{kind}"
    return Program(network, volume, container)


_environment = st.dictionaries(names.map(str.upper), values, max_size=3).map(
    lambda drawn: [f"{key}={value}" for key, value in drawn.items()]
)
_ports = st.lists(st.integers(1, 65535), max_size=2, unique=True).map(
    lambda numbers: [{"internal": number, "ip": "127.0.0.1"} for number in numbers]
)
_containers = st.fixed_dictionaries(
    {
        "image": st.just(twenty.base_image(STACK)),
        "command": st.just(["sleep", "1000"]),
        "labels": labels,
        "memory": st.integers(16, 64),
        "memorySwap": st.just(-1),
        "cpuShares": st.integers(2, 2048),
        # What is restarted by itself was not stopped by somebody: the engine leaves those alone that were.
        "restart": st.sampled_from(["no", "always", "unless-stopped", "on-failure"]),
    },
    optional={
        "envs": _environment,
        "ports": _ports,
        "hostname": names,
        "tmpfs": st.just({"/scratch": "size=1m"}),
        "workingDir": st.just("/bin"),
        "destroyGraceSeconds": st.just(1),
    },
)


@dataclass(frozen=True)
class World:
    """What is deployed, and a client of the engine for somebody else."""

    api: docker.APIClient
    network: Deployed
    volume: Deployed
    container: Deployed


@dataclass(frozen=True)
class Foreign:
    """Something that somebody else does."""

    act: Callable[[World], Any]
    drift: frozenset[str] = frozenset()
    """The inputs of the container that a refresh and a comparison with the program then show."""
    gone: frozenset[str] = frozenset()
    """The resources that a refresh does not find any more."""
    shown: frozenset[str] = field(default_factory=frozenset)
    """Outputs of the container that change besides."""


def _update(world: World, **limits: Any) -> None:  # noqa: ANN401 - whatever the engine takes
    world.api.update_container(world.container.id, **limits)


def _more_memory(world: World) -> None:
    _update(world, mem_limit=(world.container.inputs["memory"] + 8) * MIB, memswap_limit=-1)


def _other_policy(world: World) -> None:
    other = "unless-stopped" if world.container.inputs["restart"] == "always" else "always"
    _update(world, restart_policy={"Name": other})


def _remove_container(world: World) -> None:
    world.api.remove_container(world.container.id, v=True, force=True)


def _remove_network(world: World) -> None:
    _remove_container(world)
    world.api.remove_network(world.network.id)


def _remove_volume(world: World) -> None:
    _remove_container(world)
    world.api.remove_volume(world.volume.id)


FOREIGN = {
    "nothing": Foreign(lambda world: None),  # noqa: ARG005 - it does nothing
    "more memory": Foreign(_more_memory, drift=frozenset({"memory"})),
    "other shares of the processor": Foreign(
        lambda world: _update(world, cpu_shares=world.container.inputs["cpuShares"] + 1), frozenset({"cpuShares"})
    ),
    "another restart policy": Foreign(_other_policy, frozenset({"restart"})),
    "stop": Foreign(
        lambda world: world.api.stop(world.container.id, timeout=0),
        drift=frozenset({"mustRun"}),
        shown=frozenset({"exitCode", "networkDatas"}),
    ),
    "another name": Foreign(lambda world: world.api.rename(world.container.id, f"{STACK}-other"), frozenset({"name"})),
    # Not noticed by a comparison, as docs/plugins-docker.md says; the outputs tell.
    "disconnect": Foreign(
        lambda world: world.api.disconnect_container_from_network(world.container.id, world.network.id),
        shown=frozenset({"networkDatas"}),
    ),
    "connect": Foreign(
        lambda world: world.api.connect_container_to_network(world.container.id, "bridge"),
        shown=frozenset({"networkDatas"}),
    ),
    "remove the container": Foreign(_remove_container, gone=frozenset({"container"})),
    "remove the network": Foreign(_remove_network, gone=frozenset({"container", "network"})),
    "remove the volume": Foreign(_remove_volume, gone=frozenset({"container", "volume"})),
}
