"""The functions that ask a registry: ``getRegistryImage`` and ``getRegistryImageManifests``.

They need no Docker engine and pull nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from plugins.docker.credentials import Login, registry_of
from plugins.docker.image_reference import normalized_repository, split_reference
from plugins.docker.registry_api import RegistryApi
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.docker.engine import Engine


async def get_registry_image(engine: Engine, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the digest that the registry has for a name now.

    Raises:
        ResourceFailed: the registry has no such image, does not answer, or refuses.
    """
    name, insecure = str(args["name"]), bool(args.get("insecureSkipVerify"))
    registry = RegistryApi(engine.credentials.of_image(name), verify=not insecure)
    digest = await asyncio.to_thread(registry.digest, name)
    if digest is None:
        raise _missing("getRegistryImage", name)
    return {"id": digest, "insecureSkipVerify": insecure, "name": name, "sha256Digest": digest}


async def get_registry_image_manifests(engine: Engine, args: Mapping[str, Any]) -> dict[str, Any]:
    """Return one entry for each platform of an image.

    Raises:
        ResourceFailed: the registry has no such image, or it is made for one platform only.
    """
    name, insecure, own = str(args["name"]), bool(args.get("insecureSkipVerify")), args.get("authConfig") or {}
    login = Login(own["username"], own["password"], own["address"]) if own else engine.credentials.of_image(name)
    manifest = await asyncio.to_thread(RegistryApi(login, verify=not insecure).manifest, name)
    if manifest is None:
        raise _missing("getRegistryImageManifests", name)
    if not manifest.get("manifests"):
        raise ResourceFailed(
            f"getRegistryImageManifests: '{name}' is made for one platform and has no list of manifests. "
            "Use getRegistryImage."
        )
    repository, tag = normalized_repository(name), split_reference(name)[1]
    return {
        **({"authConfig": dict(own)} if own else {}),
        "id": f"{repository.removeprefix(f'{registry_of(repository)}/')}:{tag}",
        "insecureSkipVerify": insecure,
        "manifests": [_entry(entry) for entry in manifest["manifests"]],
        "name": name,
    }


def _entry(manifest: Mapping[str, Any]) -> dict[str, str]:
    platform = manifest.get("platform") or {}
    return {
        "architecture": platform.get("architecture", ""),
        "mediaType": manifest.get("mediaType", ""),
        "os": platform.get("os", ""),
        "sha256Digest": manifest.get("digest", ""),
    }


def _missing(function: str, name: str) -> ResourceFailed:
    return ResourceFailed(
        f"{function}: the registry {registry_of(name)} has no image '{name}', or does not show it to this login. "
        "Push it first, or correct its name."
    )
