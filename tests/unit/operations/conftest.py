"""A small Pulumi project of its own for each test, the real CLI, and a container engine; nothing is mocked.

It deliberately uses a program with dynamic resources only: what slipway's own resources do is tested elsewhere.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from operations.container_engine import connect
from operations.failure import OperationFailedError
from operations.owned import owned_objects, remove_owned
from operations.project import Project, find_project
from operations.session import Session
from toolchain.engine import install
from toolchain.failure import ToolchainError
from toolchain.lookup import executable

from .servers import Authority, make_authority

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

    from .s3_server import S3Server

ENVIRONMENT = "try"
PROGRAM = """
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

class Sleeper(ResourceProvider):
    def create(self, props):
        import pathlib, time
        with pathlib.Path(props["journal"]).open("a") as journal:
            journal.write(props["name"] + "\\n")
        time.sleep(float(props["seconds"]))
        return CreateResult(props["name"], props)

    def delete(self, id, props):
        import pathlib, time
        with pathlib.Path(props["journal"]).open("a") as journal:
            journal.write(f"not {id}\\n")
        time.sleep(float(props["seconds"]))

    def diff(self, id, old, new):
        return DiffResult(changes=float(old["seconds"]) != float(new["seconds"]))

    def update(self, id, old, new):
        import pathlib, time
        with pathlib.Path(new["journal"]).open("a") as journal:
            journal.write(f"{id} takes {float(new['seconds']):g}\\n")
        time.sleep(float(new["seconds"]))
        return UpdateResult(new)

    def read(self, id, props):
        import pathlib
        last = pathlib.Path(props["journal"]).read_text().splitlines()[-1]
        if last.startswith(f"{id} takes "):
            props = {**props, "seconds": float(last.split()[-1])}
        return ReadResult(None if last == f"not {id}" else id, props)

class Slow(Resource):
    def __init__(self, name, seconds, journal):
        super().__init__(Sleeper(), name, {"name": name, "seconds": seconds, "journal": journal})

config = pulumi.Config()
for name, seconds in (config.get_object("resources") or {}).items():
    Slow(name, seconds, config.require("journal"))
pulumi.export("token", pulumi.Output.secret("hush"))
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "checkout"
    (root / "environments").mkdir(parents=True)
    (root / "stacks").mkdir()
    (root / "Pulumi.yaml").write_text("name: trial\nruntime: python\nmain: stacks\nstackConfigDir: environments\n")
    (root / "stacks" / "__main__.py").write_text(PROGRAM)
    (root / "environments" / f"Pulumi.{ENVIRONMENT}.yaml").write_text("config: {}\n")
    return find_project(root)


@pytest.fixture
def session(project: Project, tmp_path: Path) -> Session:
    """A session on a state directory of its own; its files are not made yet."""
    state = tmp_path / "state"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "SLIPWAY_"))}
    return Session(
        project=project,
        environment=ENVIRONMENT,
        state=state,
        cli=Path("/nowhere/pulumi"),
        launchers=install.launchers(state / "home"),
        inherited=inherited,
    )


@pytest.fixture(scope="session")
def pulumi() -> Path:
    """The real CLI, from the toolchain or PATH."""
    try:
        return executable("pulumi")
    except ToolchainError:
        found = shutil.which("pulumi")
    if found is None:
        pytest.skip("no Pulumi CLI; run: slipway setup")
    return Path(found)


@pytest.fixture
def real_session(session: Session, pulumi: Path) -> Session:
    """A session that can run the real CLI."""
    from dataclasses import replace  # noqa: PLC0415 - only here

    return replace(session, cli=pulumi)


@pytest.fixture(scope="session")
def engine() -> DockerClient:
    """The real container engine."""
    try:
        return connect()
    except OperationFailedError as error:
        pytest.skip(str(error))


@pytest.fixture
def engine_environment(engine: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A name for an environment whose objects are removed after the test, one test after the other.

    With an environment go the images that nobody uses: one process of the tests would sweep what another just made.
    """
    name = f"unit-{uuid.uuid4().hex[:8]}"
    with (tmp_path_factory.getbasetemp().parent / "engine.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield name
        remove_owned(engine, owned_objects(engine, environment=name), tell=lambda _: None)


def configure(session: Session, resources: dict[str, float], journal: Path) -> None:
    """Write the committed file of the test's environment."""
    listed = "".join(f"    {name}: {seconds}\n" for name, seconds in resources.items()) or "    {}\n"
    session.project.stack_file(session.environment).write_text(
        f"# kept as it is\nconfig:\n  trial:journal: {journal}\n  trial:resources:\n{listed}"
    )


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A CA and a certificate of it for the servers of health probes."""
    return make_authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A CA that nobody here trusts, whose certificate ends soon."""
    return make_authority(tmp_path_factory.mktemp("other-pki"), days=3)


@pytest.fixture
def s3() -> Iterator[S3Server]:
    """An S3 service."""
    from .s3_server import S3Server  # noqa: PLC0415 - an emulator that few tests need

    server = S3Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def aws_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Credentials that mean nothing, and none of this machine's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
