"""Registers resources with the engine's resource monitor, as a program does.

It waits for each registration and decides no order.
Source: pulumi/pulumi proto/pulumi/resource.proto and pkg/resource/deploy/source_eval.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import grpc

from plugins.rpc.engine import MESSAGE_OPTIONS
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import UNKNOWN_SENTINELS, encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from plugins.rpc.component import Child

# What a ConstructRequest says of the component means the same in its registration.
_PASSED_ON = ("name", "type", "parent", "protect", "deletedWith", "retainOnDelete")
_PASSED_ON_LISTS = ("dependencies", "aliases", "ignoreChanges", "replaceOnChanges", "additionalSecretOutputs")


class Monitor:
    """A connection to the resource monitor of one deployment. Use it as an async context manager."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._channel: grpc.aio.Channel | None = None
        self._stub: Any = None

    async def __aenter__(self) -> Self:
        from pulumi.runtime.proto import resource_pb2_grpc  # noqa: PLC0415 - after lean_imports()

        self._channel = grpc.aio.insecure_channel(self._address, options=MESSAGE_OPTIONS)
        self._stub = resource_pb2_grpc.ResourceMonitorStub(self._channel)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._channel is not None:
            await self._channel.close()

    async def register_component(self, request: Any) -> str:  # noqa: ANN401 - a message of the protocol
        """Register the component that a ConstructRequest is about, and return its URN."""
        from pulumi.runtime.proto import resource_pb2  # noqa: PLC0415 - after lean_imports()

        wanted = resource_pb2.RegisterResourceRequest(aliasSpecs=True, acceptSecrets=True, acceptResources=True)
        for key in _PASSED_ON:
            # These may be absent, which means 'as the parent'.
            if not _is_optional(request, key) or request.HasField(key):
                setattr(wanted, key, getattr(request, key))
        for key in _PASSED_ON_LISTS:
            getattr(wanted, key).extend(getattr(request, key))
        wanted.providers.update(request.providers)
        if request.HasField("customTimeouts"):
            wanted.customTimeouts.ParseFromString(request.customTimeouts.SerializeToString())
        return str((await self._register(wanted)).urn)

    async def register_child(self, parent: str, child: Child, depends_on: Sequence[str]) -> tuple[str, str]:
        """Register a resource of a component, and return its URN and its id, '' where that is not known yet."""
        from pulumi.runtime.proto import alias_pb2, resource_pb2  # noqa: PLC0415 - after lean_imports()

        wanted = resource_pb2.RegisterResourceRequest(
            type=child.type,
            name=child.name,
            parent=parent,
            custom=True,
            object=encode(child.inputs),
            version=child.version,
            dependencies=depends_on,
            aliases=[alias_pb2.Alias(spec=alias_pb2.Alias.Spec(type=kind)) for kind in child.alias_types],
            aliasSpecs=True,
            acceptSecrets=True,
            acceptResources=True,
            supportsPartialValues=True,
        )
        if child.retain_on_delete:
            wanted.retainOnDelete = True
        answer = await self._register(wanted)
        return str(answer.urn), "" if answer.id in UNKNOWN_SENTINELS else str(answer.id)

    async def finish(self, urn: str) -> None:
        """Say that all children of a component are registered."""
        from pulumi.runtime.proto import resource_pb2  # noqa: PLC0415 - after lean_imports()

        await self._stub.RegisterResourceOutputs(resource_pb2.RegisterResourceOutputsRequest(urn=urn))

    async def _register(self, wanted: Any) -> Any:  # noqa: ANN401 - messages of the protocol
        try:
            return await self._stub.RegisterResource(wanted)
        except grpc.aio.AioRpcError as error:
            raise ResourceFailed(f"{wanted.type} {wanted.name} was not made: {error.details()}") from None


def _is_optional(message: Any, key: str) -> bool:  # noqa: ANN401 - a message of the protocol
    return bool(message.DESCRIPTOR.fields_by_name[key].has_presence)
