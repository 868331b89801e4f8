"""The first login on a host: what is asked there, and what people are told when it fails; against a real server.

What the scripts do to a host is tried on real ones, in tests/lab.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.rpc.creation_journal import UNRECORDED
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context
from plugins.rpc.values import UNKNOWN
from plugins.slipway.resources.host_access import HostAccessResource
from tests.unit.operations.ssh_server import Server, ssh_server

if TYPE_CHECKING:
    from pathlib import Path

    import asyncssh

OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJPzDLvjfxUC7rb/3uZapnlGB+8La3xAcC8q49ns0raY"
access = HostAccessResource()


class Host:
    """Answers instead of running anything, and remembers what it was asked."""

    def __init__(self, code: int = 0, err: str = "") -> None:
        self.code, self.err = code, err
        self.asked: list[tuple[str, str]] = []

    async def run(self, process: asyncssh.SSHServerProcess[str]) -> None:
        """Answer one command."""
        self.asked.append((process.command or "", await process.stdin.read()))
        process.stdout.write("0123456789abcdef\n")
        process.stderr.write(self.err)
        process.exit(self.code)


def inputs(server: Server, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any inputs
    return {
        "address": "127.0.0.1", "port": server.port, "hostKey": server.host_key, "user": "admin",
        "keyFile": str(server.key_file), "account": "slipway", "authorizedKey": "ssh-ed25519 AAAA slipway-x\n", **more,
    }  # fmt: skip


async def test_the_account_is_made_as_root_by_a_script_on_stdin(tmp_path: Path) -> None:
    host = Host()
    async with ssh_server(tmp_path, host.run) as server:
        made = await access.create(Context(), inputs(server))
        await access.delete(Context(), made.id, inputs(server), made.outputs)

    (command, script), (last, _) = host.asked
    assert command == "sudo -n sh -s -- slipway 'ssh-ed25519 AAAA slipway-x'"
    assert "useradd" in script
    assert last == "sudo -n sh -s -- slipway"
    assert (made.id, made.outputs["machineId"]) == ("slipway@127.0.0.1", "0123456789abcdef")


async def test_a_preview_asks_nobody(tmp_path: Path) -> None:
    host = Host()
    async with ssh_server(tmp_path, host.run) as server:
        made = await access.create(Context(preview=True), inputs(server))

    assert (made.outputs["machineId"], host.asked) == (UNKNOWN, [])


async def test_only_another_key_or_host_is_a_reason_to_go_there(tmp_path: Path) -> None:
    host = Host()
    async with ssh_server(tmp_path, host.run) as server:
        before, state = inputs(server), {"machineId": "m"}
        kept = await access.update(Context(), "x", before, state, {**before, "user": "other", "keyFile": "/k"})
        assert (kept["machineId"], host.asked) == ("m", [])
        await access.update(Context(), "x", before, state, {**before, "authorizedKey": "ssh-ed25519 BBBB"})

    assert "BBBB" in host.asked[0][0]


async def test_an_account_that_a_killed_run_had_begun_to_make_is_made(tmp_path: Path) -> None:
    host = Host()
    async with ssh_server(tmp_path, host.run) as server:
        wanted = inputs(server)
        found = await access.read(Context(), UNRECORDED, wanted, {})
        assert found
        assert (await access.diff(Context(), found.id, found.inputs, found.outputs, wanted)).changes
        made = await access.update(Context(), found.id, found.inputs, found.outputs, wanted)

    assert (found.id, made["machineId"], len(host.asked)) == ("slipway@127.0.0.1", "0123456789abcdef", 1)
    assert not (await access.diff(Context(), found.id, wanted, made, wanted)).changes


async def test_another_address_is_another_host() -> None:
    before = {"address": "10.0.0.1", "account": "slipway"}
    change = await access.diff(Context(), "x", before, {}, {**before, "address": "10.0.0.2"})

    assert change.replaces == ["address"]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"hostKey": OTHER_KEY}, "it shows another host key than the pinned one (ssh-ed25519)"),
        ({"keyFile": "/no/such/key"}, "the private key /no/such/key cannot be used"),
        ({"port": 1}, "it cannot be reached over SSH"),
    ],
)
async def test_what_keeps_us_out_is_told(tmp_path: Path, more: dict[str, Any], told: str) -> None:
    async with ssh_server(tmp_path, Host().run) as server:
        with pytest.raises(ResourceFailed) as caught:
            await access.create(Context(), inputs(server, **more))

    assert "Host admin@127.0.0.1:" in str(caught.value)
    assert told in str(caught.value)


async def test_a_script_that_fails_says_why(tmp_path: Path) -> None:
    host = Host(1, "there is an account 'slipway' that slipway did not make; rename or remove it\n")
    async with ssh_server(tmp_path, host.run) as server:
        with pytest.raises(ResourceFailed, match="failed as root: there is an account 'slipway'"):
            await access.create(Context(), inputs(server))


async def test_a_host_that_is_gone_is_no_reason_to_keep_it(tmp_path: Path) -> None:
    said: list[str] = []

    async def log(_severity: str, text: str) -> None:
        said.append(text)

    async with ssh_server(tmp_path, Host().run) as server:
        await access.delete(Context(log=log), "x", inputs(server, port=1), {})

    assert "The account 'slipway' stays there, should it come back." in said[0]


async def test_what_a_login_needs_is_asked_for() -> None:
    checked = await access.check(Context(), None, {"address": "10.0.0.1"})

    assert [failure.property for failure in checked.failures] == ["hostKey", "user", "account", "authorizedKey"]
    assert checked.inputs["port"] == 22
