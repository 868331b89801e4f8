"""The resource ``docker.Network``: a network of the Docker engine.

Every input is fixed for the life of a network, so there is no update.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import docker.types

from plugins.docker import ownership
from plugins.docker.bridged import BridgedResource, Found, label_list, label_map, plain
from plugins.docker.engine import EngineRefused
from plugins.docker.schema import LABELS, Schema, meta
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Created, ReadResult
from plugins.rpc.schema import BOOLEAN, STRING, STRINGS, object_of, set_of

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties

IPAM = object_of(subnet=STRING.forces, ipRange=STRING.forces, gateway=STRING.forces, auxAddress=STRINGS.forces)

SCHEMA = Schema(
    noun="Network",
    properties={
        "name": STRING.forces,
        "labels": LABELS.forces,
        "driver": STRING.forces.decided,
        "options": STRINGS.forces.decided,
        "internal": BOOLEAN.forces.decided,
        "attachable": BOOLEAN.forces,
        "ingress": BOOLEAN.forces,
        "ipv6": BOOLEAN.forces,
        "ipamDriver": STRING.forces.by_default("default"),
        "ipamOptions": STRINGS.forces,
        "ipamConfigs": set_of(IPAM).forces.decided,
    },
    outputs=("scope",),
    meta=meta(1),
)

REMOVE_TIMEOUT_SECONDS = 30


class Network(BridgedResource):
    """Network; its id is the engine's id of it."""

    schema = SCHEMA

    async def make(self, ctx: Context, inputs: Properties) -> Created:
        """Make the network, or finish what an interrupted creation left."""
        wanted = plain(inputs)
        marks = ownership.marks(ctx, wanted)
        try:
            found = await self._make(wanted, marks)
        except EngineRefused as refused:
            found = await self._left_over(wanted["name"], marks, refused)
        seen = await self.engine.call(f"inspect network '{wanted['name']}'", lambda api: api.inspect_network(found))
        return Created(found, self.outputs(found, inputs, network_outputs(seen)))

    async def named(self, name: str) -> Found | None:
        """Return the network of that name."""
        existing = await self.engine.call("list networks", lambda api: api.networks(names=[name]))
        return next((Found(item["Id"], item.get("Labels")) for item in existing if item["Name"] == name), None)

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Look at the network; an import takes its inputs from what is there."""
        del ctx, state
        seen = await self.engine.find(f"inspect network '{id}'", lambda api: api.inspect_network(id))
        if seen is None:
            return None
        found = network_outputs(seen)
        current = inputs or {key: value for key, value in found.items() if key in self.schema.properties and value}
        return ReadResult(seen["Id"], current, self.outputs(seen["Id"], current, found))

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Remove the network; containers that are just leaving it get half a minute to do so."""
        del inputs, state
        deadline = time.monotonic() + (ctx.timeout_seconds or REMOVE_TIMEOUT_SECONDS)
        while True:
            try:
                await self.engine.find(f"remove network '{id[:12]}'", lambda api: api.remove_network(id))
            except EngineRefused as refused:
                if "has active endpoints" not in refused.reason or time.monotonic() > deadline:
                    raise await self._still_used(id, refused) from refused
                await asyncio.sleep(0.5)
            else:
                return

    async def _make(self, wanted: dict[str, Any], marks: dict[str, str]) -> str:
        made = await self.engine.call(
            f"create network '{wanted['name']}'",
            lambda api: api.create_network(
                wanted["name"],
                driver=wanted.get("driver"),
                options=wanted.get("options"),
                ipam=_ipam(wanted),
                # Docker allows two networks of one name, and then refuses to use either by name.
                check_duplicate=True,
                internal=wanted.get("internal", False),
                labels={**label_map(wanted.get("labels")), **marks},
                enable_ipv6=wanted.get("ipv6", False),
                attachable=wanted.get("attachable"),
                ingress=wanted.get("ingress"),
            ),
        )
        return str(made["Id"])

    async def _left_over(self, name: str, marks: dict[str, str], refused: EngineRefused) -> str:
        """Return the network that an interrupted creation of this very resource left behind."""
        existing = await self.named(name)
        if existing and ownership.same_object(existing.labels, marks):
            return existing.id
        if existing and "already exists" in refused.reason:
            raise ResourceFailed(
                f"Network '{name}' exists already. {ownership.described(existing.labels)}\n"
                f"Remove it (docker network rm {name}), import it (pulumi import docker:index/network:Network "
                "NAME ID), or choose another name."
            ) from refused
        if "overlaps with" in refused.reason:
            raise ResourceFailed(
                f"{refused}\nAnother network uses these addresses: docker network ls, docker network inspect. "
                "Choose another subnet in ipamConfigs."
            ) from refused
        raise refused

    async def _still_used(self, id: str, refused: EngineRefused) -> ResourceFailed:  # noqa: A002
        seen = await self.engine.find(f"inspect network '{id}'", lambda api: api.inspect_network(id))
        names = ", ".join(sorted(c["Name"] for c in (seen or {}).get("Containers", {}).values()))
        return ResourceFailed(f"{refused}\nConnected containers: {names or 'none that are known'}.")


def _ipam(wanted: dict[str, Any]) -> docker.types.IPAMConfig:
    keys = {"subnet": "subnet", "ipRange": "iprange", "gateway": "gateway", "auxAddress": "aux_addresses"}
    pools = [{keys[key]: value for key, value in config.items()} for config in wanted.get("ipamConfigs", [])]
    configs = [docker.types.IPAMPool(**pool) for pool in pools]
    return docker.types.IPAMConfig(wanted["ipamDriver"], configs, wanted.get("ipamOptions"))


def network_outputs(seen: dict[str, Any]) -> Properties:
    """Turn the engine's description of a network into outputs."""
    ipam = seen["IPAM"]
    keys = {"Subnet": "subnet", "IPRange": "ipRange", "Gateway": "gateway", "AuxiliaryAddresses": "auxAddress"}
    configs = [{keys[key]: value for key, value in c.items() if key in keys} for c in ipam.get("Config") or []]
    return {
        "name": seen["Name"],
        "labels": label_list(ownership.without_marks(seen.get("Labels"))),
        "driver": seen["Driver"],
        "options": seen.get("Options") or {},
        "internal": seen["Internal"],
        "attachable": seen["Attachable"],
        "ingress": seen["Ingress"],
        "ipv6": seen["EnableIPv6"],
        "ipamDriver": ipam["Driver"],
        "ipamOptions": ipam.get("Options") or {},
        "ipamConfigs": configs,
        "scope": seen["Scope"],
    }
