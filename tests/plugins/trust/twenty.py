"""Twenty resources whose every revision has something to create, update, replace and delete.

It only writes the program and says what must be in the cluster afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNT = 20
LABEL = "slipway-trust"

_PROGRAM = '''\
"""Revision {revision}."""

import pulumi

VERSION = pulumi.ResourceOptions(version="4.34.2")
LABELS = {{"{label}": "{stack}"}}


def made(kind, name, spelling, **properties):
    metadata = {{"namespace": "{namespace}", "labels": {{**LABELS, **properties.pop("labels", {{}})}}}}
    if spelling:
        metadata["name"] = spelling
    pulumi.CustomResource(f"kubernetes:core/v1:{{kind}}", name, {{"metadata": metadata, **properties}}, VERSION)


{resources}
'''


@dataclass(frozen=True)
class Wanted:
    """One resource of a revision."""

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


def revision(number: int) -> list[Wanted]:
    """Return the resources of one revision; each has five that are updated, five replaced either way, five renamed."""
    return [_resource(index, number) for index in range(COUNT)]


def _resource(index: int, number: int) -> Wanted:
    kind = "Secret" if index % 4 == 3 else "ConfigMap"
    changes = f"{number}"
    name = f"item-{index}"
    if index < 5:  # updated in place
        return Wanted(kind, name, name if index % 2 else "", {"k": "v"}, {"revision": changes})
    if index < 10:  # replaced: the name is the program's own, so the old one goes first
        return Wanted(kind, name, name, {"k": changes}, {})
    if index < 15:  # replaced: the name is generated, so the old one goes last
        return Wanted(kind, name, "", {"k": changes}, {})
    name = f"item-{index}-{changes}"  # another resource altogether
    return Wanted(kind, name, name if index % 2 else "", {"k": "v"}, {})


def program(number: int, *, stack: str, namespace: str) -> str:
    """Return the program of one revision."""
    resources = "\n".join(item.call for item in revision(number))
    return _PROGRAM.format(revision=number, label=LABEL, stack=stack, namespace=namespace, resources=resources)
