"""A name: does it resolve, to what, and how quickly; asked here, of a given server, or from one of the machines.

It deliberately asks once: an answer that only comes now and then is not healthy.
"""

from __future__ import annotations

import asyncio
import shlex
import socket
import time
from typing import TYPE_CHECKING, Literal

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.health.probe_context import ProbeContext

# Machines have Python for Ansible, and need not have any tool for DNS. Query and answer are in hexadecimal.
EXCHANGE = (
    "import socket, sys; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(float(sys.argv[4])); "
    "s.sendto(bytes.fromhex(sys.argv[3]), (sys.argv[1], int(sys.argv[2]))); print(s.recv(4096).hex())"
)


class DnsTarget(Target):
    """One name."""

    kind: Literal["dns"]
    query: str
    record_type: str = "A"
    server: str | None = None
    """host:port of the server to ask; when absent, whatever this computer resolves names with."""
    machine: str | None = None
    """The machine to ask it from, for servers that only machines of the environment can reach."""
    expect: tuple[str, ...] = ()
    """Records that must be among those found; any will do when there are none."""
    max_latency_ms: float | None = None

    @property
    def over_ssh(self) -> bool:
        """When it is asked from a machine."""
        return self.machine is not None

    async def probe(self, context: ProbeContext) -> Finding:
        """Ask and judge."""
        started = time.perf_counter()
        if self.server is None:
            found: Sequence[str] | str = await self._resolve_here()
        else:
            found = await self._ask(context, self.server)
        return evaluate(found, (time.perf_counter() - started) * 1000, self)

    async def _resolve_here(self) -> Sequence[str] | str:
        loop = asyncio.get_running_loop()
        try:
            entries = await loop.getaddrinfo(self.query, None, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            return error.strerror or str(error)
        return sorted({str(entry[4][0]) for entry in entries})

    async def _ask(self, context: ProbeContext, server: str) -> Sequence[str] | str:
        import dns.asyncquery  # noqa: PLC0415 - only some environments need it
        import dns.message  # noqa: PLC0415

        question = dns.message.make_query(self.query, self.record_type)
        host, _, port = server.rpartition(":")
        if self.machine is None:
            answer = await dns.asyncquery.udp(question, host, port=int(port), timeout=context.timeout_seconds)
        else:
            arguments = (host, port, question.to_wire().hex(), f"{context.timeout_seconds:g}")
            said = await context.shells.run(self.machine, shlex.join(["python3", "-c", EXCHANGE, *arguments]))
            answer = dns.message.from_wire(bytes.fromhex(said.strip()))
        return records(answer)


def records(answer: object) -> Sequence[str] | str:
    """Return the records of an answer, or the error that it is."""
    import dns.message  # noqa: PLC0415 - see above
    import dns.rcode  # noqa: PLC0415

    if not isinstance(answer, dns.message.Message):
        return "no answer of DNS"
    if answer.rcode() != dns.rcode.NOERROR:
        return dns.rcode.to_text(answer.rcode())
    return [record.to_text() for answers in answer.answer for record in answers]


def evaluate(found: Sequence[str] | str, latency_ms: float, target: DnsTarget) -> Finding:
    """Judge the records that were found, or the error that was."""
    asked = f"{target.query} {target.record_type}" if target.record_type != "A" else target.query
    if isinstance(found, str):
        return Finding(healthy=False, detail=f"{asked}: {found}")
    missing = [record for record in target.expect if record not in found]
    if missing or not found:
        expected = ", ".join(target.expect) or "a record"
        return Finding(healthy=False, detail=f"{asked} is {', '.join(found) or 'nothing'}, expected {expected}")
    if target.max_latency_ms is not None and latency_ms > target.max_latency_ms:
        detail = f"{asked} took {latency_ms:.0f} ms, at most {target.max_latency_ms:g} ms expected"
        return Finding(healthy=False, detail=detail)
    return Finding(healthy=True, detail=f"{asked} is {', '.join(found)}")
