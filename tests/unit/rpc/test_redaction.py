"""Secrets of a request are hidden in whatever a plugin says about it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2

from plugins.rpc.redaction import HIDDEN, redact
from plugins.rpc.values import Secret, encode

if TYPE_CHECKING:
    from .conftest import Wire

CANARY = "canary\nof two lines"


def request(**news: object) -> provider_pb2.CheckRequest:
    return provider_pb2.CheckRequest(news=encode(news))


@pytest.mark.parametrize(
    "spelling", [CANARY, json.dumps(CANARY)[1:-1], base64.b64encode(CANARY.encode()).decode()], ids=repr
)
def test_a_secret_is_hidden_in_each_spelling(spelling: str) -> None:
    asked = request(spec=Secret({"deep": [{"password": CANARY}]}), other="open")
    assert redact(f'Invalid value: "{spelling}", not open', asked) == f'Invalid value: "{HIDDEN}", not open'


def test_a_secret_given_in_base64_is_hidden_in_plain_text_too() -> None:
    assert (
        redact(f"<{CANARY}>", request(data=Secret({"a": base64.b64encode(CANARY.encode()).decode()}))) == "<[secret]>"
    )


def test_what_is_not_marked_as_secret_stays_readable() -> None:
    assert redact("port 8080 is taken by web", request(port=8080, name="web")) == "port 8080 is taken by web"


def test_what_is_said_in_plain_as_well_stays_readable() -> None:
    asked = request(server="rack7:5000", password=Secret("canary"), kept=Secret({"server": "rack7:5000"}))
    assert redact("rack7:5000 refused canary", asked) == "rack7:5000 refused [secret]"


def test_numbers_are_hidden_and_very_short_values_are_not() -> None:
    assert redact("pin 123456, flag abc", request(pin=Secret(123456), flag=Secret("abc"))) == "pin [secret], flag abc"


def test_parts_of_a_secret_that_programs_print_are_hidden() -> None:
    asked = request(envs=[Secret("TOKEN=canary-value")], key=Secret("spec:\nfirst canary\nlast canary"))
    assert redact("it is canary-value", asked) == "it is [secret]"
    assert redact("cut off, last canary, spec:", asked) == "cut off, [secret], spec:"


async def test_a_failure_that_quotes_a_secret_reaches_the_engine_without_it(wire: Wire) -> None:
    inputs = encode({"how": Secret("port 80"), "note": "x"})
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await wire.stub.Create(provider_pb2.CreateRequest(**wire.resource("Refused"), properties=inputs))
    assert "port 80" not in str(caught.value.details())
    assert HIDDEN in str(caught.value.details())
