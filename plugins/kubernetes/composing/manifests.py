"""Collects the objects of manifests for components: from files, URLs, patterns and text, with names and namespaces set.

It registers nothing. Source: pulumi/pulumi-kubernetes provider/pkg/provider/yaml/v2/yaml.go, Parse and Normalize.
"""

from __future__ import annotations

import asyncio
import glob
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from plugins.kubernetes.composing.yaml_decoding import objects_of
from plugins.kubernetes.model.objects import describe, is_definition, metadata_of, name_of, with_metadata
from plugins.kubernetes.model.tokens import kind_of
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.model.objects import KubeObject

_URL: Final = re.compile(r"https?://", re.IGNORECASE)
_PATTERN: Final = re.compile(r"(?:^|[^\\])[*?\[]")
_FETCH_SECONDS: Final = 60.0


async def load(places: Sequence[str], *, patterns: bool) -> list[KubeObject]:
    """Return the objects of files and URLs.

    Args:
        places: Paths relative to the program, or URLs.
        patterns: Whether ``*``, ``?`` and ``[`` in a path stand for several files.

    Raises:
        ResourceFailed: a place cannot be read or holds no manifest.
    """
    found: list[KubeObject] = []
    for place in places:
        if _URL.match(place):
            found += objects_of(await _fetched(place), place)
            continue
        paths = sorted(glob.glob(place)) if patterns and _PATTERN.search(place) else [place]  # noqa: PTH207 - as given
        for path in paths:
            found += objects_of(await asyncio.to_thread(_read, path), path)
    return found


async def placed(cluster: Cluster, objects: Sequence[KubeObject], default_namespace: str) -> list[KubeObject]:
    """Return the objects, each in a namespace if its kind has one.

    Raises:
        ResourceFailed: an object has no name.
    """
    for obj in objects:
        if is_definition(obj):
            cluster.scopes.declare(obj)
    found = []
    for obj in objects:
        if not name_of(obj):
            raise ResourceFailed(f"{describe(obj)} of the manifests has no metadata.name: give it one.")
        version = obj.get("apiVersion") or ""
        plain = {**obj, "apiVersion": version.removeprefix("core/")}
        lacks_namespace = not metadata_of(plain).get("namespace")
        if lacks_namespace and await cluster.namespaced(kind_of(plain)):
            plain = with_metadata(plain, namespace=default_namespace)
        found.append(plain)
    return found


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        where = Path(path).absolute()
        raise ResourceFailed(f"Cannot read the manifest {where}: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise ResourceFailed(f"The manifest {path} is not text in UTF-8.") from None


async def _fetched(url: str) -> str:
    try:
        async with httpx.AsyncClient(timeout=_FETCH_SECONDS, follow_redirects=True) as client:
            answer = await client.get(url)
            answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        raise ResourceFailed(
            f"Cannot fetch the manifest {url}: the server answered {error.response.status_code}."
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ResourceFailed(f"Cannot fetch the manifest {url}: {error}.") from None
    return answer.text
