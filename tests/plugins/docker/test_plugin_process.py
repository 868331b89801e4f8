"""The plugin as Pulumi's engine runs it: a process that prints its port and speaks gRPC."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from plugins.rpc.values import decode, encode
from tests.plugins.docker.stack import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator

MAXIMUM_RESIDENT_MIB = 90
URN = "urn:pulumi:dockertest::tests::docker:index/network:Network::net"


@pytest.fixture
def process() -> Iterator[tuple[subprocess.Popen[str], Any]]:
    command = [sys.executable, "-m", "plugins.docker"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        port = int(running.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield running, provider_pb2_grpc.ResourceProviderStub(channel)
        running.terminate()


def resident_mib(pid: int) -> int:
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return int(found[1]) // 1024


@pytest.mark.usefixtures("api")
def test_a_network_comes_and_goes_and_the_process_stays_small(process: tuple[subprocess.Popen[str], Any]) -> None:
    running, stub = process
    assert stub.Configure(provider_pb2.ConfigureRequest(args=encode({}))).acceptSecrets
    check = stub.Check(provider_pb2.CheckRequest(urn=URN, news=encode({"labels": LABELS})))
    made = stub.Create(provider_pb2.CreateRequest(urn=URN, properties=check.inputs))
    assert decode(made.properties)["scope"] == "local"
    stub.Delete(provider_pb2.DeleteRequest(urn=URN, id=made.id, properties=made.properties, old_inputs=check.inputs))
    assert resident_mib(running.pid) <= MAXIMUM_RESIDENT_MIB


def test_an_unknown_type_and_a_missing_engine_are_named(process: tuple[subprocess.Popen[str], Any]) -> None:
    _, stub = process
    with pytest.raises(grpc.RpcError, match="there is no such socket"):
        stub.Configure(provider_pb2.ConfigureRequest(args=encode({"host": "unix:///none.sock"})))
    with pytest.raises(grpc.RpcError, match="Swarm is not covered"):
        stub.Check(provider_pb2.CheckRequest(urn="urn:pulumi:s::p::docker:index/service:Service::x"))
