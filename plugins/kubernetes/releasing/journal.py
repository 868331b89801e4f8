"""Remembers which release an operation was begun on, so that the run after a kill can tell its own from others'.

A release that this plugin installs has a label with a word of chance, which only the journal on this machine knows.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final

from plugins.rpc.creation_journal import Creation

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.rpc.resource import Context

_LABEL: Final = "pulumi-creation"
_INSTALLATION: Final = "Release"
_UPGRADE: Final = "Release upgrade"


def begin_installation(cluster: Cluster, ctx: Context, identifier: str) -> str:
    """Write down that a release is about to be installed; return the label ``key=value`` that it must get."""
    word = secrets.token_hex(8)
    _begin(cluster, ctx, identifier, _INSTALLATION, word)
    return f"{_LABEL}={word}"


def begin_upgrade(cluster: Cluster, ctx: Context, identifier: str) -> None:
    """Write down that a release of the state is about to be upgraded."""
    _begin(cluster, ctx, identifier, _UPGRADE, "")


def begun_installation(cluster: Cluster, ctx: Context, identifier: str) -> str:
    """Return the label of the release that a killed run began to install, '' if there is none."""
    begun = _find(cluster, ctx.urn, _INSTALLATION)
    if begun is None or (begun.identifier, begun.server) != (identifier, cluster.connection.server):
        return ""
    return f"{_LABEL}={begun.uid}"


def begun_upgrade(cluster: Cluster, ctx: Context, identifier: str) -> bool:
    """Say whether a killed run began to upgrade the release."""
    begun = _find(cluster, ctx.urn, _UPGRADE)
    return begun is not None and begun.identifier == identifier


def begun_name(cluster: Cluster, ctx: Context) -> str:
    """Return the name that a killed run gave the release, so that the next one means the same; '' if there is none."""
    begun = _find(cluster, ctx.urn, _INSTALLATION)
    if begun is None or begun.identifier == cluster.creations.named.get(ctx.urn):
        return ""
    return begun.identifier.rpartition("/")[2]


def installation_recorded(cluster: Cluster, ctx: Context, identifier: str) -> None:
    """Forget an installation whose release the engine has shown: it is in the state."""
    begun = _find(cluster, ctx.urn, _INSTALLATION)
    if begun is not None and begun.identifier == identifier:
        cluster.creations.forget(ctx.urn)


def _begin(cluster: Cluster, ctx: Context, identifier: str, kind: str, word: str) -> None:
    server = cluster.connection.server
    cluster.creations.begin(Creation(ctx.urn, server, kind, identifier, began_at=time.time(), uid=word))


def _find(cluster: Cluster, urn: str, kind: str) -> Creation | None:
    begun = cluster.creations.find(urn)
    return begun if begun is not None and begun.kind == kind else None
