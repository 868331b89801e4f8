"""Ways to an engine that is not on a local socket: TLS, SSH, contexts; and an engine that goes away.

The engine is the real one; a proxy and an SSH server stand where its own doors would be.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from plugins.docker.connection import Settings, connect
from plugins.docker.docker_context import docker_context
from plugins.docker.engine import Engine
from plugins.docker.ssh_transport import ssh_command
from plugins.rpc.errors import ResourceFailed
from tests.plugins.docker.engine_certificates import engine_side, make_pair, write_client
from tests.plugins.docker.engine_proxy import EngineProxy, engine_proxy
from tests.plugins.docker.stack import LABELS, Stack
from tests.plugins.slipway.ssh_server import USER, ssh_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

AUTHORITY = make_pair("authority")
CLIENT = make_pair("client", AUTHORITY)


@pytest.fixture
def tls_engine(tmp_path: Path, api: docker.APIClient) -> Iterator[EngineProxy]:
    del api
    with engine_proxy(engine_side(tmp_path / "engine", AUTHORITY, make_pair("engine", AUTHORITY))) as proxy:
        yield proxy


def test_tls_with_certificates_of_a_directory(tls_engine: EngineProxy, tmp_path: Path, api: docker.APIClient) -> None:
    directory = write_client(tmp_path / "client", AUTHORITY, CLIENT)
    client = connect(Settings(host=f"tcp://127.0.0.1:{tls_engine.port}", cert_path=str(directory)))
    assert client.info()["ID"] == api.info()["ID"]
    client.close()


async def test_tls_with_certificates_as_text_leaves_no_file(
    tls_engine: EngineProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, api: docker.APIClient
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    texts = {
        "caMaterial": AUTHORITY.certificate_text(),
        "certMaterial": CLIENT.certificate_text(),
        "keyMaterial": CLIENT.key_text(),
    }
    engine = Engine(Settings.of({"host": f"tcp://127.0.0.1:{tls_engine.port}", **texts}, {}))
    stack = Stack(engine, api)
    made = await stack.up("Volume", "tls", labels=LABELS)
    assert api.inspect_volume(made.id)["Name"] == made.id
    await stack.destroy()
    engine.close()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_client_that_the_engine_does_not_know_is_told(tls_engine: EngineProxy, tmp_path: Path) -> None:
    stranger = write_client(tmp_path / "client", AUTHORITY, make_pair("client", make_pair("authority")))
    with pytest.raises(ResourceFailed, match="not accept the client's certificate"):
        connect(Settings(host=f"tcp://127.0.0.1:{tls_engine.port}", cert_path=str(stranger)))


def test_an_engine_of_another_authority_is_not_trusted(tls_engine: EngineProxy, tmp_path: Path) -> None:
    elsewhere = write_client(tmp_path / "client", make_pair("other authority"), CLIENT)
    with pytest.raises(ResourceFailed, match="its certificate is not one of the given authority"):
        connect(Settings(host=f"tcp://127.0.0.1:{tls_engine.port}", cert_path=str(elsewhere)))


def test_a_missing_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(ResourceFailed, match=f"there is no {tmp_path}/ca.pem"):
        connect(Settings(host="tcp://127.0.0.1:1", cert_path=str(tmp_path)))


@pytest.fixture
def ssh(tmp_path: Path, api: docker.APIClient) -> Iterator[Settings]:
    del api
    with ssh_server() as server:
        key, known = tmp_path / "key", tmp_path / "known_hosts"
        key.touch(mode=0o600)
        key.write_text(server.private_key)
        known.write_text(f"[127.0.0.1]:{server.port} {server.host_key}\n")
        options = (f"-oIdentityFile={key}", f"-oUserKnownHostsFile={known}", "-F", "none")
        yield Settings(host=f"ssh://{USER}@127.0.0.1:{server.port}", ssh_options=options)


async def test_an_engine_over_ssh(ssh: Settings, image: str, api: docker.APIClient) -> None:
    engine = Engine(ssh)
    stack = Stack(engine, api)
    network = await stack.up("Network", "net", name="dockertest-ssh", labels=LABELS)
    uploads = [{"file": "/big", "content": "x" * 300_000}]
    inputs = {"name": "dockertest-ssh", "image": image, "labels": LABELS, "uploads": uploads}
    made = await stack.up("Container", "c", **inputs, command=["sleep", "100"])
    assert api.inspect_network(network.id)["Name"] == "dockertest-ssh"
    assert api.inspect_container(made.id)["State"]["Running"]
    await stack.destroy()
    engine.close()


def test_ssh_that_does_not_let_in_says_why(ssh: Settings, tmp_path: Path) -> None:
    (tmp_path / "key").unlink()
    with pytest.raises(ResourceFailed, match="Permission denied") as raised:
        connect(ssh)
    assert f"{ssh.host}:" in str(raised.value)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("ssh://h", ["--", "h", "docker", "system", "dial-stdio"]),
        ("ssh://me@h:2222", ["-l", "me", "-p", "2222", "--", "h", "docker", "system", "dial-stdio"]),
        ("ssh://h/run/d.sock", ["--", "h", "docker", "--host", "unix:///run/d.sock", "system", "dial-stdio"]),
    ],
)
def test_ssh_command(host: str, words: list[str]) -> None:
    command = ssh_command(host, ("-i", "key"))
    assert command[:3] == ["ssh", "-i", "key"]
    assert command[-len(words) :] == words


@pytest.mark.parametrize("host", ["ssh://me:secret@h", "ssh:///run/d.sock", "ssh://h?x"])
def test_ssh_addresses_that_cannot_be(host: str) -> None:
    with pytest.raises(ResourceFailed, match="write ssh://") as raised:
        ssh_command(host)
    assert "secret" not in str(raised.value)


def write_context(home: Path, name: str, host: str, certificates: Path | None = None) -> dict[str, str]:
    directory = hashlib.sha256(name.encode()).hexdigest()
    meta = home / "contexts/meta" / directory
    meta.mkdir(parents=True)
    stored: dict[str, Any] = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host}}}
    (meta / "meta.json").write_text(json.dumps(stored))
    if certificates:
        (home / "contexts/tls" / directory).mkdir(parents=True)
        certificates.rename(home / "contexts/tls" / directory / "docker")
    return {"DOCKER_CONFIG": str(home)}


def test_a_context_names_the_engine_and_its_certificates(
    tls_engine: EngineProxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write_client(tmp_path / "client", AUTHORITY, CLIENT)
    environment = write_context(tmp_path / "home", "far", f"tcp://127.0.0.1:{tls_engine.port}", files)
    monkeypatch.setenv("DOCKER_CONFIG", environment["DOCKER_CONFIG"])
    client = connect(Settings.of({"context": "far", "host": "unix:///none.sock"}, {}))
    assert client.ping()
    client.close()


def test_an_unknown_context_says_which_there_are(tmp_path: Path) -> None:
    environment = write_context(tmp_path, "far", "tcp://h:1")
    with pytest.raises(ResourceFailed, match=r"no Docker context 'near' .*\(there are: far\)"):
        docker_context("near", environment)
    assert docker_context("far", environment).host == "tcp://h:1"


def test_the_docker_command_reads_the_context_that_the_test_writes(tmp_path: Path) -> None:
    """The store's layout is the CLI's, not ours."""
    import subprocess  # noqa: PLC0415 - only here

    environment = {**os.environ, "DOCKER_CONFIG": str(tmp_path)}
    command = ["docker", "context", "create", "made", "--docker", "host=tcp://h:1"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert docker_context("made", environment).host == "tcp://h:1"


async def test_an_engine_that_goes_away_in_the_midst_is_named(api: docker.APIClient) -> None:
    with engine_proxy() as proxy:
        engine = Engine(Settings(host=f"tcp://127.0.0.1:{proxy.port}"))
        stack = Stack(engine, api)
        made = await stack.up("Volume", "before", labels=LABELS)
        proxy.close()
        with pytest.raises(ResourceFailed, match="stopped answering") as raised:
            await stack.up("Volume", "after", labels=LABELS)
        assert f"127.0.0.1:{proxy.port}" in str(raised.value)
        assert "docker info" in str(raised.value)
        engine.close()
    api.remove_volume(made.id)
