"""HttpGate against a real HTTPS server that comes up late.

It does not test what a gateway serves.
"""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context
from plugins.slipway.resources.http_gate import HttpGateResource
from plugins.slipway.x509 import Subject, issue, new_authority
from tests.plugins.slipway.registry_server import free_port

GATE = HttpGateResource()
AUTHORITY = new_authority("test", 1)


async def serve(port: int, directory: Path, hosts: list[str]) -> asyncio.Server:
    """Answer 503 to the first request and 200 to the others; note which host was asked for."""
    certificate = issue(
        Subject("shop.test", dns_names=["shop.test"]), 1, AUTHORITY.certificate_pem, AUTHORITY.private_key_pem
    )
    (directory / "tls.pem").write_text(certificate.private_key_pem + certificate.certificate_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "tls.pem")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        hosts.append(next(line for line in head.decode().splitlines() if line.lower().startswith("host:")))
        status = b"503 Starting" if len(hosts) == 1 else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", port, ssl=context)


async def inputs(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    given = {"url": "https://shop.test/", "caPem": AUTHORITY.certificate_pem, **more}
    result = await GATE.check(Context(), None, given)
    assert not result.failures
    return result.inputs


async def test_opens_once_the_server_answers_as_expected(tmp_path: Path) -> None:
    port, hosts = free_port(), list[str]()
    waiting = asyncio.create_task(GATE.create(Context(), await inputs(resolveAddress=f"127.0.0.1:{port}")))
    await asyncio.sleep(0.3)
    assert not waiting.done()
    async with await serve(port, tmp_path, hosts):
        created = await waiting
    assert created.outputs["latencyMs"] > 0
    assert [host.lower() for host in hosts] == ["host: shop.test"] * 2
    checked = await inputs(resolveAddress=f"127.0.0.1:{port}", timeoutSeconds=7)
    before = {**checked, "timeoutSeconds": 300}
    assert not (await GATE.diff(Context(), created.id, before, created.outputs, checked)).changes


async def test_untrusted_certificate_is_said(tmp_path: Path) -> None:
    port = free_port()
    async with await serve(port, tmp_path, []):
        given = await inputs(url="https://other.test/", resolveAddress=f"127.0.0.1:{port}", timeoutSeconds=1)
        with pytest.raises(ResourceFailed, match="certificate is not trusted"):
            await GATE.create(Context(), given)


async def test_relative_url_is_refused() -> None:
    assert [failure.property for failure in (await GATE.check(Context(), None, {"url": "/x"})).failures] == ["url"]
