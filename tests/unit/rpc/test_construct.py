"""A component over real gRPC: what it is made with reaches the resource monitor, and so do its children."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import alias_pb2, provider_pb2, resource_pb2, resource_pb2_grpc

from plugins.rpc.component import Child, Component
from plugins.rpc.values import REFERENCE_SIGNATURE, SIGNATURE_KEY, UNKNOWN_STRING, Secret, encode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .conftest import Wire


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """Writes down what is registered; refuses what is called bad."""

    def __init__(self) -> None:
        self.address = ""
        self.registered: list[Any] = []
        self.finished: list[str] = []

    async def RegisterResource(self, request: Any, context: Any) -> Any:  # noqa: ANN401, D102, N802
        self.registered.append(request)
        if request.name == "bad":
            await context.abort(grpc.StatusCode.UNKNOWN, "it is bad")
        known = UNKNOWN_STRING if request.name == "later" else f"id-{request.name}"
        return resource_pb2.RegisterResourceResponse(urn=f"urn:{request.name}", id=known)

    async def RegisterResourceOutputs(self, request: Any, _context: Any) -> Any:  # noqa: ANN401, D102, N802
        self.finished.append(request.urn)
        return empty_pb2.Empty()


@pytest_asyncio.fixture
async def monitor() -> AsyncIterator[Monitor]:
    made, server = Monitor(), grpc.aio.server()
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(made, server)
    made.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    yield made
    await server.stop(None)


def request(monitor: Monitor, name: str = "set", **fields: Any) -> Any:  # noqa: ANN401
    return provider_pb2.ConstructRequest(
        type="small:index:Set", name=name, monitorEndpoint=monitor.address, parent="urn:above", **fields
    )


def build(wire: Wire, *names: str) -> None:
    """Make the provider register a child of each name, each after the one before it."""

    async def construct(component: Component) -> dict[str, Any]:
        made = []
        for name in names:
            child = Child("small:index:Note", name, {"text": Secret("x")}, "1.2.3", alias_types=["small:index:Old"])
            made.append(await component.register(child, [made[-1].urn] if made else []))
        await component.log("info", f"{component.name} has {component.inputs['size']}")
        return {"notes": made}

    wire.provider.construct = construct  # type: ignore[method-assign]


async def test_children_are_registered_below_the_component(wire: Wire, monitor: Monitor) -> None:
    build(wire, "one", "later")
    answer = await wire.stub.Construct(request(monitor, inputs=encode({"size": 2})))
    component, one, later = monitor.registered
    assert (component.custom, component.parent, answer.urn) == (False, "urn:above", "urn:set")
    assert (one.parent, one.custom, one.version) == ("urn:set", True, "1.2.3")
    assert one.aliases[0].spec.type == "small:index:Old"
    assert not one.HasField("retainOnDelete")
    assert list(later.dependencies) == ["urn:one"]
    notes = answer.state["notes"]
    assert dict(notes[0]) == {
        SIGNATURE_KEY: REFERENCE_SIGNATURE,
        "urn": "urn:one",
        "id": "id-one",
        "packageVersion": "1.2.3",
    }
    assert notes[1]["id"] == ""
    assert monitor.finished == ["urn:set"]
    assert wire.lines[-1].message == "set has 2"


async def test_options_of_the_component_are_passed_on(wire: Wire, monitor: Monitor) -> None:
    build(wire)
    timeouts = provider_pb2.ConstructRequest.CustomTimeouts(create="5m")
    await wire.stub.Construct(
        request(
            monitor,
            inputs=encode({"size": 0}),
            protect=True,
            providers={"small": "urn:provider::id"},
            dependencies=["urn:before"],
            aliases=[alias_pb2.Alias(urn="urn:old")],
            customTimeouts=timeouts,
            deletedWith="urn:cluster",
        )
    )
    (component,) = monitor.registered
    assert component.protect
    assert not component.HasField("retainOnDelete")
    assert dict(component.providers) == {"small": "urn:provider::id"}
    assert list(component.dependencies) == ["urn:before"]
    assert component.aliases[0].urn == "urn:old"
    assert component.customTimeouts.create == "5m"
    assert component.deletedWith == "urn:cluster"


async def test_a_child_that_is_refused_fails_its_component(wire: Wire, monitor: Monitor) -> None:
    build(wire, "bad")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await wire.stub.Construct(request(monitor, inputs=encode({"size": 1})))
    assert caught.value.details() == "small:index:Note bad was not made: it is bad"


async def test_unknown_components_are_named(wire: Wire, monitor: Monitor) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await wire.stub.Construct(request(monitor))
    assert "has no resource type small:index:Set" in str(caught.value.details())
