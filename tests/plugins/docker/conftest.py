"""A real Docker engine, a tiny image, and an environment that leaves nothing behind.

No mocks: without an engine these tests fail, they do not skip.
"""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import pytest
import pytest_asyncio

from plugins.docker.engine import Engine
from tests.plugins.docker.stack import LABEL, Stack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

IMAGE = "slipway-dockertest/busybox:1"


def clean(api: docker.APIClient, label: str) -> None:
    """Remove everything that carries ``label``."""
    clean_objects(api, label)
    by_label = {"label": label}
    for image in api.images(filters=by_label, all=True):
        for tag in [*(image["RepoTags"] or []), *(image["RepoDigests"] or [])]:
            if not tag.startswith("<none>"):
                with contextlib.suppress(docker.errors.ImageNotFound):  # went with another of its names
                    api.remove_image(tag, force=True)
    # One by one: the engine prunes for one client at a time, and refuses the others.
    for image in api.images(filters={"dangling": True, **by_label}):
        with contextlib.suppress(docker.errors.ImageNotFound):
            api.remove_image(image["Id"], force=True)


def clean_objects(api: docker.APIClient, label: str) -> None:
    """Remove the containers, networks and volumes that carry ``label``; images stay."""
    by_label = {"label": label}
    for container in api.containers(all=True, filters=by_label):
        api.remove_container(container["Id"], v=True, force=True)
    for network in api.networks(filters=by_label):
        api.remove_network(network["Id"])
    for volume in api.volumes(filters=by_label)["Volumes"] or []:
        api.remove_volume(volume["Name"], force=True)


@pytest.fixture(scope="session")
def api() -> Iterator[docker.APIClient]:
    """The engine's client, with a clean environment before and after."""
    client = docker.APIClient(version="auto")
    clean(client, LABEL)
    yield client
    clean(client, LABEL)
    client.close()


def _is_static(program: Path) -> bool:
    # Dynamic programs name their loader in a program header.
    return b"/ld-linux" not in program.read_bytes()


@pytest.fixture(scope="session")
def busybox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static busybox: the machine's own, else Debian's package, unpacked but not installed."""
    installed = Path("/bin/busybox")
    if installed.exists() and _is_static(installed):
        return installed
    directory = tmp_path_factory.mktemp("busybox")
    subprocess.run(["apt-get", "download", "-qq", "busybox-static"], cwd=directory, check=True, capture_output=True)
    package = next(directory.glob("*.deb"))
    subprocess.run(["dpkg-deb", "-x", package, directory], check=True)
    return directory / "bin/busybox"


@pytest.fixture(scope="session")
def image(api: docker.APIClient, busybox: Path) -> str:
    """An image of some hundred kilobytes with a shell in it."""
    build_image(api, busybox, IMAGE, LABEL)
    return IMAGE


def build_image(api: docker.APIClient, busybox: Path, name: str, label: str) -> None:
    """Build it under a name and with a label of one's own."""
    context = io.BytesIO()
    dockerfile = f"FROM scratch\nCOPY busybox /bin/busybox\nLABEL {label}\n"
    dockerfile += 'RUN ["/bin/busybox", "--install", "/bin"]\nENV PATH=/bin\nSTOPSIGNAL SIGKILL\n'
    with tarfile.open(fileobj=context, mode="w") as archive:
        archive.add(busybox, "busybox")
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(dockerfile)
        archive.addfile(entry, io.BytesIO(dockerfile.encode()))
    context.seek(0)
    lines: list[dict[str, Any]] = list(api.build(fileobj=context, custom_context=True, tag=name, decode=True, rm=True))
    assert not [line for line in lines if "error" in line], lines


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all tests of this folder in one worker of pytest-xdist: they share names and one clean-up."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.xdist_group("docker-plugin"))


@pytest_asyncio.fixture
async def stack(api: docker.APIClient) -> AsyncIterator[Stack]:
    """An empty stack; what a test deploys is destroyed in reverse order, whatever happens."""
    engine = Engine()
    made = Stack(engine, api)
    yield made
    await made.destroy()
    engine.close()
