"""A provider over real gRPC: what the engine sends arrives, and what it gets back is what the protocol says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
from pulumi.runtime.proto import engine_pb2, provider_pb2, status_pb2

from plugins.rpc.values import UNKNOWN, Secret, decode, encode

if TYPE_CHECKING:
    from .conftest import Wire


async def _create(wire: Wire, kind: str, inputs: dict[str, Any], *, preview: bool = False) -> Any:  # noqa: ANN401
    return await wire.stub.Create(
        provider_pb2.CreateRequest(**wire.resource(kind), properties=encode(inputs), preview=preview)
    )


async def _refusal(wire: Wire, kind: str, inputs: dict[str, Any]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await _create(wire, kind, inputs)
    return caught.value


async def test_handshake_and_configuration_accept_secrets(wire: Wire) -> None:
    handshake = await wire.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="x"))
    configured = await wire.stub.Configure(provider_pb2.ConfigureRequest(args=encode({"a": 1})))

    assert handshake.accept_secrets
    assert configured.acceptSecrets
    assert configured.supportsPreview


async def test_secret_input_comes_back_as_secret_output(wire: Wire) -> None:
    response = await _create(wire, "Note", {"text": Secret("abc"), "colour": "red"})

    assert response.id == "note-1"
    assert decode(response.properties) == {"text": Secret("abc"), "colour": "red", "length": 3}


async def test_check_fills_defaults_and_names_the_property(wire: Wire) -> None:
    good = await wire.stub.Check(provider_pb2.CheckRequest(**wire.resource("Note"), news=encode({"text": "a"})))
    bad = await wire.stub.Check(provider_pb2.CheckRequest(**wire.resource("Note"), news=encode({"text": ""})))

    assert decode(good.inputs) == {"text": "a", "colour": "white"}
    assert not good.failures
    assert [(failure.property, failure.reason) for failure in bad.failures] == [
        ("text", "is empty; expected some text")
    ]


async def test_diff_names_properties_and_paths(wire: Wire) -> None:
    request = provider_pb2.DiffRequest(
        **wire.resource("Note"),
        id="1",
        old_inputs=encode({"text": "a", "tags": {"x.y": "1"}}),
        news=encode({"text": "b", "tags": {"x.y": "2"}}),
    )

    response = await wire.stub.Diff(request)

    assert response.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert list(response.diffs) == ["tags", "text"]
    assert set(response.detailedDiff) == {"text", 'tags["x.y"]'}


async def test_diff_of_equal_inputs_says_none(wire: Wire) -> None:
    same = encode({"text": Secret("a")})

    response = await wire.stub.Diff(provider_pb2.DiffRequest(**wire.resource("Note"), old_inputs=same, news=same))

    assert response.changes == provider_pb2.DiffResponse.DIFF_NONE


async def test_unconfigured_provider_echoes_what_it_is_given(wire: Wire) -> None:
    await wire.stub.Configure(provider_pb2.ConfigureRequest(args=encode({"kubeconfig": UNKNOWN})))
    inputs = {"text": UNKNOWN, "colour": Secret("red")}

    created = await _create(wire, "Refused", inputs, preview=True)
    updated = await wire.stub.Update(
        provider_pb2.UpdateRequest(
            **wire.resource("Refused"),
            id="1",
            olds=encode({"text": "a", "length": 1}),
            news=encode(inputs),
            preview=True,
        )
    )

    assert decode(created.properties) == inputs
    assert decode(updated.properties) == {**inputs, "length": UNKNOWN}


async def test_failure_arrives_in_its_own_words(wire: Wire) -> None:
    error = await _refusal(wire, "Refused", {})

    assert error.details() == "port 80 is taken; stop what listens there"


async def test_partial_failure_arrives_with_the_state_of_the_object(wire: Wire) -> None:
    error = await _refusal(wire, "Refused", {"how": "partly", "key": Secret("k")})

    status = status_pb2.Status.FromString(dict(error.trailing_metadata() or ())["grpc-status-details-bin"])
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert detail.id == "half-1"
    assert list(detail.reasons) == ["not ready", "image is missing"]
    assert decode(detail.properties) == {"how": "partly", "key": Secret("k"), "half": True}
    assert decode(detail.inputs) == {"how": "partly", "key": Secret("k")}


async def test_defect_is_reported_as_one_with_its_place(wire: Wire) -> None:
    text = (await _refusal(wire, "Refused", {"how": "defect"})).details() or ""

    assert "ZeroDivisionError: by accident" in text
    assert "a defect of this plugin" in text


async def test_unknown_type_is_named(wire: Wire) -> None:
    text = (await _refusal(wire, "Novel", {})).details() or ""

    assert "The small plugin 1.2.3 has no resource type small:index:Novel" in text


async def test_status_and_log_lines_reach_the_engine(wire: Wire) -> None:
    await _create(wire, "Note", {"text": "abc"})

    status, warning = wire.lines
    urn = wire.resource("Note")["urn"]
    assert (status.message, status.ephemeral, status.urn) == ("writing mine", True, urn)
    assert (warning.message, warning.ephemeral, warning.severity) == ("the ink is low", False, engine_pb2.WARNING)


async def test_object_that_is_gone_has_no_id(wire: Wire) -> None:
    read = [await wire.stub.Read(provider_pb2.ReadRequest(**wire.resource("Note"), id=id)) for id in ("gone", "1")]  # noqa: A001

    assert [response.id for response in read] == ["", "1"]


async def test_function_call_is_answered_or_refused_by_name(wire: Wire) -> None:
    known = await wire.stub.Invoke(provider_pb2.InvokeRequest(tok="small:index:upper", args=encode({"text": "a"})))
    with pytest.raises(grpc.aio.AioRpcError, match="has no function 'small:index:lower'"):
        await wire.stub.Invoke(provider_pb2.InvokeRequest(tok="small:index:lower"))

    assert decode(getattr(known, "return")) == {"text": "A"}
