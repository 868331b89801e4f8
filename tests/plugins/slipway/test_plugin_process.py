"""The plugin as the engine starts it: the launcher, gRPC, its memory and its end.

What the resources do is in the other tests; here they only travel through the protocol.
"""

import importlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from plugins.rpc.values import Secret, decode, encode
from plugins.slipway.provider import TYPES

LAUNCHER = Path(__file__).parents[3] / "plugins" / "slipway" / "pulumi-resource-slipway"
URN = "urn:pulumi:t::p::{0}::thing"
MEMORY_LIMIT_KIB = 90 * 1024


@pytest.fixture
def plugin() -> Iterator[tuple[subprocess.Popen[str], provider_pb2_grpc.ResourceProviderStub]]:
    with subprocess.Popen([LAUNCHER], stdout=subprocess.PIPE, cwd="/", text=True) as process:
        assert process.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)  # type: ignore[no-untyped-call]
            stub.Configure(provider_pb2.ConfigureRequest())
            yield process, stub
        process.kill()


def test_makes_a_password_and_keeps_it_secret(
    plugin: tuple[subprocess.Popen[str], provider_pb2_grpc.ResourceProviderStub],
) -> None:
    _, stub = plugin
    urn = URN.format("slipway:index:Password")
    checked = stub.Check(provider_pb2.CheckRequest(urn=urn, news=encode({"length": 40})))
    created = stub.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs))
    value = decode(created.properties)["value"]
    assert isinstance(value, Secret)
    assert len(value.value) == 40


def test_stays_small_with_every_type_in_use_and_ends_quietly(
    plugin: tuple[subprocess.Popen[str], provider_pb2_grpc.ResourceProviderStub],
) -> None:
    process, stub = plugin
    for token in TYPES:
        stub.Check(provider_pb2.CheckRequest(urn=URN.format(token), news=encode({})))
    status = Path(f"/proc/{process.pid}/status").read_text()
    assert int(status.partition("VmRSS:")[2].split()[0]) < MEMORY_LIMIT_KIB
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0


def test_every_type_has_an_implementation_and_a_class_in_the_sdk() -> None:
    sdk = importlib.import_module("plugins.slipway.sdk")
    for token, (module, implementation) in TYPES.items():
        assert hasattr(importlib.import_module(f"plugins.slipway.resources.{module}"), implementation)
        assert hasattr(sdk, token.rpartition(":")[2])
