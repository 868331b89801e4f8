"""Everything that a cluster holds, read by listing each kind once.

It deliberately asks for no object alone: 2,000 objects are some eighty lists.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = 500
PARALLEL = 8
DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
NOT_LISTED = frozenset({"events", "leases", "componentstatuses"})
"""Written all the time by machinery alone; the API server's audit log leaves them out, too."""
NOT_LISTED_GROUPS = frozenset({"metrics.k8s.io"})
"""Measurements that are computed when somebody asks."""


@dataclass(frozen=True)
class Kind:
    """A kind that the API server can list."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def api_version(self) -> str:
        """As objects say it: `v1`, `apps/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def path(self) -> str:
        """Where all objects of the kind are listed."""
        return f"/{'apis' if self.group else 'api'}/{self.api_version}/{self.plural}"


Key = tuple[str, str, str, str]
"""Group, kind, namespace (or nothing) and name."""


@dataclass(frozen=True)
class Cluster:
    """Everything that was found."""

    kinds: dict[tuple[str, str], Kind]
    """By group and kind."""
    objects: dict[Key, dict[str, Any]]
    refused: frozenset[tuple[str, str]] = frozenset()
    """Group and kind of what may not be listed."""


def key_of(item: dict[str, Any]) -> Key:
    """Return what tells an object from others."""
    group = item["apiVersion"].rpartition("/")[0]
    metadata = item["metadata"]
    return group, item["kind"], metadata.get("namespace") or "", metadata["name"]


async def read_cluster(http: httpx.AsyncClient, wanted_versions: Iterable[str] = ()) -> Cluster:
    """List everything.

    Args:
        http: A connection to the API server.
        wanted_versions: Versions such as `apps/v1` to read objects in, where the API server has them.

    Raises:
        httpx.HTTPError: The API server does not answer, or refused.
    """
    kinds = await discover(http, frozenset(wanted_versions))
    few = asyncio.Semaphore(PARALLEL)

    async def listed(kind: Kind) -> list[dict[str, Any]] | None:
        async with few:
            return await _list(http, kind)

    found = dict(zip(kinds, await asyncio.gather(*(listed(kind) for kind in kinds.values())), strict=True))
    refused = frozenset(name for name, items in found.items() if items is None)
    return Cluster(kinds, {key_of(item): item for items in found.values() for item in items or ()}, refused)


async def discover(http: httpx.AsyncClient, wanted_versions: frozenset[str]) -> dict[tuple[str, str], Kind]:
    """Ask which kinds there are, in two requests (aggregated discovery, Kubernetes 1.30)."""
    answers = [await http.get(path, headers={"Accept": DISCOVERY}) for path in ("/api", "/apis")]
    groups = [group for answer in answers for group in answer.raise_for_status().json()["items"]]
    kinds: dict[tuple[str, str], Kind] = {}
    for group in groups:
        name = group["metadata"].get("name", "")
        if name not in NOT_LISTED_GROUPS:
            for kind in _kinds(name, group["versions"], wanted_versions):
                kinds.setdefault((kind.group, kind.kind), kind)
    return kinds


def _kinds(group: str, versions: list[dict[str, Any]], wanted: frozenset[str]) -> list[Kind]:
    """Return the kinds of a group, those of wanted versions first, then in the API server's order."""
    found = [
        Kind(group, version["version"], item["responseKind"]["kind"], item["resource"], item["scope"] == "Namespaced")
        for version in versions
        for item in version.get("resources") or ()
        if "list" in item["verbs"] and item["resource"] not in NOT_LISTED
    ]
    return sorted(found, key=lambda kind: kind.api_version not in wanted)


async def _list(http: httpx.AsyncClient, kind: Kind) -> list[dict[str, Any]] | None:
    """Return all objects of a kind; None when we may not see them."""
    items: list[dict[str, Any]] = []
    parameters: dict[str, str] = {"limit": str(PAGE)}
    while True:
        answer = await http.get(kind.path, params=parameters)
        if answer.status_code == httpx.codes.FORBIDDEN:
            return None
        if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED):  # a definition that goes
            return items
        listed = answer.raise_for_status().json()
        # Entries of a list do not say what they are.
        items += [{"apiVersion": kind.api_version, "kind": kind.kind, **item} for item in listed.get("items") or ()]
        following = listed["metadata"].get("continue")
        if not following:
            return items
        parameters["continue"] = following
