"""The provider's functions: look at what the engine has without owning it.

Covered are ``getNetwork`` and ``getRemoteImage``; the others of the official plugin are refused by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.docker.image_identity import repo_digest
from plugins.docker.image_pull import find_image
from plugins.docker.network import network_outputs
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from plugins.docker.engine import Engine


async def get_network(engine: Engine, args: dict[str, Any]) -> dict[str, Any]:
    """Describe a network by name or id.

    Raises:
        ResourceFailed: the engine has none of that name.
    """
    name = str(args.get("name", ""))
    seen = await engine.find(f"inspect network '{name}'", lambda api: api.inspect_network(name))
    if seen is None:
        raise ResourceFailed(f"getNetwork: this engine has no network '{name}'. See docker network ls.")
    found = network_outputs(seen)
    wanted = ("driver", "internal", "ipamConfigs", "name", "options", "scope")
    containers = [
        {
            "containerId": key,
            "endpointId": entry["EndpointID"],
            "ipv4Address": entry["IPv4Address"],
            "ipv6Address": entry["IPv6Address"],
            "macAddress": entry["MacAddress"],
            "name": entry["Name"],
        }
        for key, entry in sorted((seen.get("Containers") or {}).items())
    ]
    return {"id": seen["Id"], "containers": containers, **{key: found[key] for key in wanted}}


async def get_remote_image(engine: Engine, args: dict[str, Any]) -> dict[str, Any]:
    """Describe a local image by name.

    Raises:
        ResourceFailed: the engine has none of that name.
    """
    name = str(args.get("name", ""))
    seen = await find_image(engine, name)
    if seen is None:
        raise ResourceFailed(f"getRemoteImage: this engine has no image '{name}'. See docker image ls.")
    return {"id": seen["Id"], "name": name, "repoDigest": repo_digest(name, seen)}


FUNCTIONS: dict[str, Callable[[Engine, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "docker:index/getNetwork:getNetwork": get_network,
    "docker:index/getRemoteImage:getRemoteImage": get_remote_image,
}
