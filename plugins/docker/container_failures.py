"""Says in plain words why a container could not be made or started, and who is in the way.

It only reads; deciding what to do stays with the person on call.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from plugins.docker import ownership
from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from plugins.docker.engine import Engine, EngineRefused

# The engine's words differ with who has the port: a container of its own, or another program.
_PORT_TAKEN = re.compile(
    r"Bind for (?P<one>\S+) failed: port is already allocated|listen \w+ (?P<other>\S+): bind: address already in use"
)
_HINTS = {
    "Address already in use": "Another container on that network has this address: see docker network inspect.",
    "does not belong to any of this network's subnets": "See networksAdvanced[].ipv4Address and the network's subnet.",
    "not found": "See networksAdvanced[].name, and docker network ls.",
    "unable to apply caps": "This machine may not give every capability: name the ones that are needed instead of "
    "privileged.",
}


async def name_taken(engine: Engine, name: str) -> ResourceFailed:
    """Return the failure for a container name that is in use."""
    seen = await engine.find(f"inspect container '{name}'", lambda api: api.inspect_container(name))
    if seen is None:
        return ResourceFailed(f"Container '{name}': the name was in use a moment ago. Run the same command again.")
    state, image = seen["State"]["Status"], seen["Config"]["Image"]
    return ResourceFailed(
        f"Container '{name}': the name is already in use by container {seen['Id'][:12]} ({state}, image {image}). "
        f"{ownership.described(seen['Config'].get('Labels'))}\n"
        f"Remove that one (docker rm --force --volumes {name}), import it (pulumi import "
        f"docker:index/container:Container NAME {seen['Id'][:12]}), or choose another name."
    )


async def failed_to_start(engine: Engine, name: str, refused: EngineRefused) -> ResourceFailed:
    """Return the failure of a start; a taken port is named together with who has it."""
    taken = _PORT_TAKEN.search(refused.reason)
    if not taken:
        hints = [hint for words, hint in _HINTS.items() if words in refused.reason]
        return ResourceFailed("\n".join([str(refused), *hints]))
    address = taken["one"] or taken["other"]
    host, _, port = address.rpartition(":")
    containers = await engine.call("list containers", lambda api: api.containers(filters={"publish": port}))
    names = sorted(c["Names"][0].lstrip("/") for c in containers)
    holder = f"container '{names[0]}'" if names else f"another program (ss -ltnp 'sport = :{port}' tells which)"
    return ResourceFailed(
        f"Container '{name}' cannot start: port {port} on {host or 'every address'} is taken by {holder}.\n"
        "End that one, or publish another external port."
    )
