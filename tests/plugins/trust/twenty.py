"""Twenty resources whose every revision has something to create, update, replace and delete, in both plugins.

It only writes the program and says what must be in cluster and engine afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LABEL = "slipway-trust"
ENVIRONMENT = "io.slipway.environment"
UPDATED, REPLACED, RENAMED = 6, 11, 3
_SUBNETS = {"slipway-killed": "10.98.{}.0/24", "slipway-previewed": "10.99.{}.0/24"}
COUNT = UPDATED + REPLACED + RENAMED

_PROGRAM = '''\
"""Revision {revision}."""

import pulumi
import pulumi_docker as docker

VERSION = pulumi.ResourceOptions(version="4.34.2")
LABELS = {{"{label}": "{stack}"}}


def made(kind, name, spelling, **properties):
    metadata = {{"namespace": "{namespace}", "labels": {{**LABELS, **properties.pop("labels", {{}})}}}}
    if spelling:
        metadata["name"] = spelling
    pulumi.CustomResource(f"kubernetes:core/v1:{{kind}}", name, {{"metadata": metadata, **properties}}, VERSION)


{resources}


def labels(**more):
    return [{{"label": key, "value": value}} for key, value in {{"{environment}": "{stack}", **more}}.items()]


def container(in_program, **properties):
    docker.Container(in_program, command=["sleep", "1000"], labels=labels(), **properties)


build = {{"context": "context", "args": {{"REVISION": "{revision}"}}}}
image = docker.Image("image", image_name="{stack}/image:1", skip_push=True, build=build)
revised = labels(revision="{revision}")
kept = docker.Network("net-kept", name="{stack}-net", labels=revised, ipam_configs=[{{"subnet": "{subnet}"}}])
fresh = docker.Network("{stack}-net-fresh", labels=revised, ipam_configs=[{{"subnet": "{fresh_subnet}"}}])
docker.Volume("vol-kept", name="{stack}-vol", labels=revised)
store = docker.Volume("{stack}-vol-fresh", labels=revised)
container("run-changed", name="{stack}-changed", image="{base}", memory={memory})
container(
    "{stack}-replaced",
    image="{base}",
    envs=["REVISION={revision}"],
    networks_advanced=[{{"name": kept.name}}, {{"name": fresh.name}}],
    volumes=[{{"volume_name": store.name, "container_path": "/store"}}],
)
container("run-renamed-{revision}", name="{stack}-renamed-{revision}", image=image.image_name)
'''

_DOCKERFILE = """\
FROM {base}
ARG REVISION
LABEL revision=$REVISION
RUN echo $REVISION >/revision
LABEL {environment}={stack}
"""


@dataclass(frozen=True)
class Wanted:
    """One object in the cluster."""

    kind: str
    name: str
    """In the program."""
    spelling: str
    """In the cluster; empty for a generated name."""
    data: dict[str, str]
    labels: dict[str, str]

    @property
    def call(self) -> str:
        """The line of the program that makes it."""
        field = "stringData" if self.kind == "Secret" else "data"
        return f"made({self.kind!r}, {self.name!r}, {self.spelling!r}, {field}={self.data!r}, labels={self.labels!r})"


@dataclass(frozen=True)
class WantedInEngine:
    """One object of the container engine."""

    kind: str
    name: str
    """In the program."""
    spelling: str = ""
    """In the engine; empty for a generated name."""
    labels: dict[str, str] = field(default_factory=dict)
    environment: tuple[str, ...] = ()
    memory_mib: int = 0


def in_cluster(number: int) -> list[Wanted]:
    """Return the objects of one revision in the cluster: four updated, six replaced either way, two renamed."""
    return [_object(index, number) for index in range(12)]


def _object(index: int, number: int) -> Wanted:
    kind = "Secret" if index % 4 == 3 else "ConfigMap"
    changes = f"{number}"
    name = f"item-{index}"
    if index < 4:  # updated in place
        return Wanted(kind, name, name if index % 2 else "", {"k": "v"}, {"revision": changes})
    if index < 7:  # replaced: the name is the program's own, so the old one goes first
        return Wanted(kind, name, name, {"k": changes}, {})
    if index < 10:  # replaced: the name is generated, so the old one goes last
        return Wanted(kind, name, "", {"k": changes}, {})
    name = f"item-{index}-{changes}"  # another resource altogether
    return Wanted(kind, name, name if index % 2 else "", {"k": "v"}, {})


def in_engine(number: int, *, stack: str) -> list[WantedInEngine]:
    """Return the objects of one revision in the engine: a container updated, five replaced either way, one renamed."""
    revision = {"revision": f"{number}"}
    return [
        WantedInEngine("network", "net-kept", f"{stack}-net", revision),
        WantedInEngine("network", f"{stack}-net-fresh", labels=revision),
        WantedInEngine("volume", "vol-kept", f"{stack}-vol", revision),
        WantedInEngine("volume", f"{stack}-vol-fresh", labels=revision),
        WantedInEngine("container", "run-changed", f"{stack}-changed", memory_mib=_memory_mib(number)),
        WantedInEngine("container", f"{stack}-replaced", environment=(f"REVISION={number}",)),
        WantedInEngine("container", f"run-renamed-{number}", f"{stack}-renamed-{number}"),
    ]


def base_image(stack: str) -> str:
    """Return the name of the image that containers start from."""
    return f"{stack}/busybox:1"


def image_name(stack: str) -> str:
    """Return the name of the image that each revision builds afresh, with a label ``revision``."""
    return f"{stack}/image:1"


def _memory_mib(number: int) -> int:
    return 16 + number % 64


def program(number: int, *, stack: str, namespace: str) -> str:
    """Return the program of one revision."""
    return _PROGRAM.format(
        revision=number,
        label=LABEL,
        environment=ENVIRONMENT,
        stack=stack,
        namespace=namespace,
        base=base_image(stack),
        subnet=_SUBNETS[stack].format(0),
        # The network of the revision before has its addresses until this one's is made.
        fresh_subnet=_SUBNETS[stack].format(1 + number % 64),
        memory=_memory_mib(number),
        resources="\n".join(item.call for item in in_cluster(number)),
    )


def write_context(folder: Path, *, stack: str) -> None:
    """Write what the image is built from, beside the program."""
    (folder / "context").mkdir()
    content = _DOCKERFILE.format(base=base_image(stack), environment=ENVIRONMENT, stack=stack)
    (folder / "context" / "Dockerfile").write_text(content, encoding="utf-8")
