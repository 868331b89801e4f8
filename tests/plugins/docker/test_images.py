"""Images on a real engine and in a real registry with TLS and a login."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from plugins.docker.credentials import Credentials
from plugins.docker.functions import get_remote_image
from plugins.docker.image_pull import pull
from plugins.docker.registry_api import RegistryApi
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Context
from plugins.rpc.values import UNKNOWN, Secret, reveal
from tests.plugins.docker.registry import PASSWORD, USERNAME, running_registry
from tests.plugins.docker.stack import LABEL, LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from plugins.docker.credentials import Login
    from tests.plugins.docker.registry import Registry
    from tests.plugins.docker.stack import Stack


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry")) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, image: str) -> Path:
    """A program directory with one small application in it."""
    directory = tmp_path / "app"
    directory.mkdir()
    (directory / "Dockerfile").write_text(f"ARG GREETING=none\nFROM {image}\nARG GREETING\nLABEL {LABEL}\n")
    with (directory / "Dockerfile").open("a") as dockerfile:
        dockerfile.write('COPY . /app/\nRUN echo "$GREETING" > /greeting\nCMD ["cat", "/greeting", "/app/file"]\n')
    (directory / "file").write_text("content\n")
    (directory / "ignored").write_text("secret\n")
    (directory / ".dockerignore").write_text("ignored\n")
    monkeypatch.chdir(tmp_path)
    return directory


def image_inputs(registry: Registry, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - property values are dynamic
    login = {**registry.login(), "password": Secret(PASSWORD)}
    return {"imageName": f"{registry.address}/dockertest/app:1", "build": {"context": "app"}, "registry": login, **more}


def login(registry: Registry) -> Login:
    entry = {"address": registry.address, "username": USERNAME, "password": PASSWORD}
    return Credentials([entry]).of_registry(registry.address)


def image_id(stack: Stack, name: str) -> str:
    api: Any = stack.api  # the stubs leave inspect_image untyped
    return str(api.inspect_image(name)["Id"])


async def run_output(stack: Stack, name: str) -> str:
    once = {"attach": True, "logs": True, "mustRun": False, "labels": LABELS}
    made = await stack.up("Container", "run", image=name, **once)
    return str(made.outputs["containerLogs"])


@pytest.mark.parametrize("builder", ["BuilderBuildKit", "BuilderV1"])
@pytest.mark.usefixtures("app")
async def test_image_is_built_pushed_and_runs(stack: Stack, registry: Registry, builder: str) -> None:
    build = {"context": "app", "args": {"GREETING": f"hello {builder}"}, "builderVersion": builder}
    made = await stack.up("Image", "app", **image_inputs(registry, build=build))
    repository = f"{registry.address}/dockertest/app"
    assert made.id == f"{repository}:1"
    assert made.outputs["repoDigest"] == f"{repository}@{RegistryApi(login(registry), verify=False).digest(made.id)}"
    assert (made.outputs["baseImageName"], made.outputs["imageName"]) == (made.id, made.id)
    assert (made.outputs["context"], made.outputs["dockerfile"]) == ("app", "Dockerfile")
    assert made.outputs["registryServer"] == registry.address
    assert isinstance(made.outputs["__inputs"], Secret)
    assert made.outputs["__inputs"].value["build"]["contextDigest"] == made.inputs["build"]["contextDigest"]
    assert PASSWORD not in repr(made.outputs) + repr(made.inputs)
    stack.api.remove_image(made.id, force=True)
    # Pulled again by digest, with the provider's login.
    stack.engine.credentials = Credentials([{"address": registry.address, "username": USERNAME, "password": PASSWORD}])
    assert await run_output(stack, made.outputs["repoDigest"]) == f"hello {builder}\ncontent\n"


async def test_image_changes_with_its_context_only(stack: Stack, registry: Registry, app: Path) -> None:
    inputs = image_inputs(registry)
    made = await stack.up("Image", "app", **inputs)
    first = made.outputs["repoDigest"]
    assert not (await stack.diff(made, **inputs)).changes
    (app / "ignored").write_text("other\n")
    new_login = {**inputs, "registry": {**inputs["registry"], "password": Secret("rotated")}}
    assert not (await stack.diff(made, **new_login)).changes
    (app / "file").write_text("changed\n")
    difference = await stack.diff(made, **inputs)
    assert (set(difference.detailed), list(difference.replaces)) == ({"build"}, [])
    await stack.update(made, **inputs)
    assert made.outputs["repoDigest"] != first
    refreshed = await stack.refresh(made)
    assert refreshed is not None
    assert not (await stack.diff(made, **inputs)).changes


@pytest.mark.usefixtures("app")
async def test_image_without_push_has_its_id_as_digest(stack: Stack) -> None:
    name = "slipway-dockertest/local:1"
    made = await stack.up("Image", "app", imageName=name, build={"context": "app"}, skipPush=True)
    assert made.outputs["repoDigest"] == image_id(stack, name)
    await stack.delete(made)
    assert image_id(stack, name), "a delete leaves the image"


@pytest.mark.usefixtures("app")
async def test_preview_builds_only_when_told_to(stack: Stack) -> None:
    inputs = {"imageName": "slipway-dockertest/preview:1", "build": {"context": "app"}, "skipPush": True}
    assert (await stack.preview("Image", "app", **inputs))["repoDigest"] is UNKNOWN
    assert stack.api.images("slipway-dockertest/preview") == []
    built = await stack.preview("Image", "app", **inputs, buildOnPreview=True)
    assert built["repoDigest"] == image_id(stack, "slipway-dockertest/preview:1")


@pytest.mark.parametrize("builder", ["BuilderBuildKit", "BuilderV1"])
async def test_failing_build_tells_the_step_and_its_words(stack: Stack, app: Path, image: str, builder: str) -> None:
    (app / "Dockerfile").write_text(f"FROM {image}\nLABEL {LABEL}\nRUN echo no such thing; exit 7\n")
    build = {"context": "app", "builderVersion": builder}
    with pytest.raises(ResourceFailed) as raised:
        await stack.up("Image", "app", imageName="slipway-dockertest/bad:1", build=build, skipPush=True)
    text = str(raised.value)
    assert text.startswith("app/Dockerfile, line 3: Could not build slipway-dockertest/bad:1: ")
    assert "no such thing" in text
    assert "7" in text


async def test_file_that_is_not_in_the_context_names_its_line(stack: Stack, app: Path, image: str) -> None:
    (app / "Dockerfile").write_text(f"# first\nFROM {image}\n\nCOPY file /\nCOPY \\\n  absent /\n")
    with pytest.raises(ResourceFailed, match=r"^app/Dockerfile, line 5: Could not build .*absent"):
        await stack.up("Image", "app", imageName="slipway-dockertest/bad:1", build={"context": "app"}, skipPush=True)


async def test_instruction_that_does_not_exist_names_its_line(stack: Stack, app: Path) -> None:
    (app / "Dockerfile").write_text("FROM scratch\nCOPPY . /\n")
    with pytest.raises(
        ResourceFailed, match=r"(?s)^app/Dockerfile: Could not build .*line 2: unknown instruction: COPPY"
    ):
        await stack.up("Image", "app", imageName="slipway-dockertest/bad:1", build={"context": "app"}, skipPush=True)


@pytest.mark.parametrize("builder", ["BuilderBuildKit", "BuilderV1"])
async def test_files_of_a_private_image_are_copied(
    stack: Stack, registry: Registry, app: Path, image: str, builder: str
) -> None:
    private = f"{registry.address}/dockertest/private:1"
    stack.engine.credentials = Credentials([{"address": registry.address, "username": USERNAME, "password": PASSWORD}])
    await stack.up("Tag", "tag", sourceImage=image, targetImage=private)
    await stack.up("RegistryImage", "push", name=private, insecureSkipVerify=True)
    stack.api.remove_image(private)
    (app / "Dockerfile").write_text(f"FROM scratch\nLABEL {LABEL}\nCOPY --from={private} /bin/busybox /b\n")
    build = {"context": "app", "builderVersion": builder}
    await stack.up("Image", "app", imageName="slipway-dockertest/copied:1", build=build, skipPush=True)
    assert image_id(stack, "slipway-dockertest/copied:1")
    stack.api.remove_image(private)


async def test_own_login_of_an_image_brings_its_private_base(
    stack: Stack, registry: Registry, app: Path, image: str
) -> None:
    private = f"{registry.address}/dockertest/base:1"
    known = Credentials([{"address": registry.address, "username": USERNAME, "password": PASSWORD}])
    stack.engine.credentials = known
    await stack.up("Tag", "tag", sourceImage=image, targetImage=private)
    await stack.up("RegistryImage", "push", name=private, insecureSkipVerify=True)
    stack.api.remove_image(private)
    stack.engine.credentials = Credentials()
    (app / "Dockerfile").write_text(f"FROM {private}\nLABEL {LABEL}\n")
    made = await stack.up("Image", "app", **image_inputs(registry))
    stack.engine.credentials = known  # the pushed image is deleted with it
    assert made.outputs["repoDigest"].startswith(f"{registry.address}/dockertest/app@sha256:")
    stack.api.remove_image(private)


async def test_pull_shows_what_it_does(stack: Stack, registry: Registry, image: str) -> None:
    name = f"{registry.address}/dockertest/pulled:1"
    stack.engine.credentials = Credentials([{"address": registry.address, "username": USERNAME, "password": PASSWORD}])
    await stack.up("Tag", "tag", sourceImage=image, targetImage=name)
    await stack.up("RegistryImage", "push", name=name, insecureSkipVerify=True)
    stack.api.remove_image(name)
    lines: list[str] = []

    async def status(text: str) -> None:
        lines.append(text)

    await pull(stack.engine, Context(status=status), name)
    assert lines[0] == f"Pulling {name}"
    assert len(lines) > 1
    stack.api.remove_image(name)


@pytest.mark.usefixtures("app")
async def test_refused_login_says_so(stack: Stack, registry: Registry) -> None:
    inputs = {**image_inputs(registry), "registry": registry.login("wrong")}
    with pytest.raises(ResourceFailed) as raised:
        await stack.up("Image", "app", **inputs)
    assert f"The registry {registry.address} refused user 'dockertest'" in str(raised.value)
    assert "wrong" not in str(raised.value)


@pytest.mark.usefixtures("app")
async def test_registry_that_is_not_there_says_so(stack: Stack) -> None:
    with pytest.raises(ResourceFailed, match=r"No registry listens at 127\.0\.0\.1:9"):
        await stack.up("Image", "app", imageName="127.0.0.1:9/app:1", build={"context": "app"})


async def test_dockerfile_outside_of_its_context(stack: Stack, app: Path) -> None:
    (app / "Dockerfile").rename(app.parent / "other.Dockerfile")
    build = {"context": "app", "dockerfile": "other.Dockerfile"}
    made = await stack.up("Image", "app", imageName="slipway-dockertest/outside:1", build=build, skipPush=True)
    assert made.outputs["dockerfile"] == "../other.Dockerfile"
    assert await run_output(stack, "slipway-dockertest/outside:1") == "none\ncontent\n"


@pytest.mark.usefixtures("app")
async def test_progress_is_shown_but_not_too_often(stack: Stack) -> None:
    lines: list[str] = []

    async def status(text: str) -> None:
        lines.append(text)

    inputs = await stack.check(
        "Image", "app", imageName="slipway-dockertest/progress:1", build={"context": "app"}, skipPush=True
    )
    await stack._resource("Image").create(Context(name="app", status=status), inputs)
    assert lines[0] == "Building slipway-dockertest/progress:1"
    assert 1 < len(lines) < 30


async def test_remote_image_is_pulled_kept_and_removed(stack: Stack, registry: Registry, image: str) -> None:
    name = f"{registry.address}/dockertest/remote:1"
    tag = await stack.up("Tag", "tag", sourceImage=image, targetImage=name)
    assert tag.id == f"{image}.{name}"
    stack.engine.credentials = Credentials([{"address": registry.address, "username": USERNAME, "password": PASSWORD}])
    pushed = await stack.up("RegistryImage", "push", name=name, insecureSkipVerify=True)
    assert pushed.id == pushed.outputs["sha256Digest"] == RegistryApi(login(registry), verify=False).digest(name)
    stack.api.remove_image(name)

    remote = await stack.up("RemoteImage", "pull", name=name)
    identity = image_id(stack, name)
    assert remote.id == identity + name
    assert remote.outputs["repoDigest"] == f"{registry.address}/dockertest/remote@{pushed.id}"
    assert (await get_remote_image(stack.engine, {"name": name}))["id"] == identity
    assert not (await stack.diff(remote, name=name)).changes
    assert (await stack.diff(remote, name=name, keepLocally=True)).replaces == []
    assert (await stack.diff(remote, name=name, triggers={"a": "b"})).replaces == ["triggers"]
    await stack.delete(remote)
    assert stack.api.images(name) == []

    assert await stack.refresh(pushed) is pushed
    await stack.delete(pushed)
    assert RegistryApi(login(registry), verify=False).digest(name) is None


@pytest.mark.usefixtures("app")
async def test_remote_image_is_built(stack: Stack) -> None:
    build = {"context": "app", "buildArgs": {"GREETING": "hi"}, "tags": ["slipway-dockertest/second:1"]}
    made = await stack.up("RemoteImage", "built", name="slipway-dockertest/first:1", build=build)
    assert reveal(made.outputs["imageId"]) == image_id(stack, "slipway-dockertest/second:1")
    assert await run_output(stack, "slipway-dockertest/first:1") == "hi\ncontent\n"
