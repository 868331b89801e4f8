"""Real servers for the plugin's resources: SSH, a registry, a container engine.

No mocks: without an engine or a registry program these tests fail, they do not skip.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
import pytest

from plugins.rpc.resource import Context
from plugins.slipway.ansible.private_directory import PREFIX
from plugins.slipway.children import Children
from plugins.slipway.resources.ansible_run import AnsibleRunResource
from tests.plugins.slipway.ansible_trial import REPORT, WRITE, Trial
from tests.plugins.slipway.image_layout import Layout, make_layout
from tests.plugins.slipway.registry_server import RegistryServer, make_registry
from tests.plugins.slipway.ssh_server import SshServer, ssh_server

LABEL = "io.slipway.environment=slipway-plugin-test"


@dataclass
class Messages:
    """What a resource told the engine."""

    statuses: list[str] = field(default_factory=list)
    logs: list[tuple[str, str]] = field(default_factory=list)

    def context(self, **more: Any) -> Context:  # noqa: ANN401
        """Return a context that records here."""

        async def status(text: str) -> None:
            self.statuses.append(text)

        async def log(severity: str, text: str) -> None:
            self.logs.append((severity, text))

        return Context(status=status, log=log, **more)

    @property
    def everything(self) -> str:
        """All texts."""
        return "\n".join([*self.statuses, *(text for _, text in self.logs)])


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture(scope="session")
def box() -> Iterator[SshServer]:
    """An SSH server on this computer."""
    with ssh_server() as server:
        yield server


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short directory for the files of runs, and the check that a test leaves none there."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as name:
        monkeypatch.setenv("TMPDIR", name)
        yield Path(name)
        assert not list(Path(name).glob(f"{PREFIX}*"))


@pytest.fixture
def trial(box: SshServer, tmp_path: Path, temporary: Path) -> Trial:
    del temporary
    children = Children()
    trial = Trial(AnsibleRunResource(children), children, box, tmp_path)
    trial.playbook("main.yml", WRITE, *REPORT)
    return trial


@pytest.fixture
def registry(tmp_path: Path) -> RegistryServer:
    """A registry that is not running yet."""
    (tmp_path / "registry").mkdir()
    return make_registry(tmp_path / "registry")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    key, _, value = LABEL.partition("=")
    return make_layout(tmp_path / "layout", labels={key: value})


@pytest.fixture
def engine() -> Iterator[docker.DockerClient]:
    """The container engine, without images of these tests before and after."""
    client = docker.from_env()
    _remove_images(client)
    yield client
    _remove_images(client)
    client.close()


def _remove_images(client: docker.DockerClient) -> None:
    for container in client.containers.list(all=True, filters={"label": LABEL}):
        container.remove(force=True)
    for image in client.images.list(filters={"label": LABEL}, all=True):
        client.images.remove(image.id, force=True)
