"""The provider's functions: look at what the engine has without owning it.

Those that ask a registry are in ``registry_functions``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.docker.container_logs import get_logs
from plugins.docker.image_identity import repo_digest
from plugins.docker.image_pull import find_image
from plugins.docker.network import network_outputs
from plugins.docker.registry_functions import get_registry_image, get_registry_image_manifests
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import docker

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


async def get_plugin(engine: Engine, args: dict[str, Any]) -> dict[str, Any]:
    """Describe a plugin of the engine by id or alias.

    Raises:
        ResourceFailed: both or none are given, or the engine has no such plugin.
    """
    given = [str(args[key]) for key in ("id", "alias") if args.get(key)]
    if len(given) != 1:
        raise ResourceFailed("getPlugin: give either id or alias.")
    seen = await engine.find(f"inspect plugin '{given[0]}'", lambda api: _plugin(api, given[0]))
    if seen is None:
        raise ResourceFailed(f"getPlugin: this engine has no plugin '{given[0]}'. See docker plugin ls.")
    return {
        "id": seen["Id"],
        "alias": seen["Name"],
        "name": seen.get("PluginReference", ""),
        "pluginReference": seen.get("PluginReference", ""),
        "enabled": seen["Enabled"],
        "envs": seen["Settings"].get("Env") or [],
        "grantAllPermissions": False,
    }


def _plugin(api: docker.APIClient, name: str) -> dict[str, Any]:
    client: Any = api  # the stubs leave inspect_plugin untyped
    found: dict[str, Any] = client.inspect_plugin(name)
    return found


FUNCTIONS: dict[str, Callable[[Engine, dict[str, Any]], Awaitable[dict[str, Any]]]] = {
    "docker:index/getLogs:getLogs": get_logs,
    "docker:index/getNetwork:getNetwork": get_network,
    "docker:index/getPlugin:getPlugin": get_plugin,
    "docker:index/getRegistryImage:getRegistryImage": get_registry_image,
    "docker:index/getRegistryImageManifests:getRegistryImageManifests": get_registry_image_manifests,
    "docker:index/getRemoteImage:getRemoteImage": get_remote_image,
}
