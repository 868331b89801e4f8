"""Image names, base images, logins and the checks of ``Image``."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from plugins.docker.base_images import base_images
from plugins.docker.buildkit_trace import trace_lines
from plugins.docker.connection import Settings, connect
from plugins.docker.credentials import Credentials, Login, registry_of
from plugins.docker.engine import Engine
from plugins.docker.image import Image
from plugins.docker.image_reference import normalized_repository, problem_of, split_reference
from plugins.docker.provider import DockerProvider
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import CheckResult, Context
from plugins.rpc.values import UNKNOWN, Secret

if TYPE_CHECKING:
    from pathlib import Path

CTX = Context(name="image")
NAME = "r.io/x"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("redis", ("redis", "latest")),
        ("redis:7", ("redis", "7")),
        ("127.0.0.1:5000/a/b", ("127.0.0.1:5000/a/b", "latest")),
        ("127.0.0.1:5000/a/b:1", ("127.0.0.1:5000/a/b", "1")),
        ("r.io/a@sha256:ab", ("r.io/a", "sha256:ab")),
    ],
)
def test_reference_is_split(name: str, parts: tuple[str, str]) -> None:
    assert split_reference(name) == parts


def test_repository_is_written_in_full() -> None:
    assert normalized_repository("redis:7") == "docker.io/library/redis"
    assert normalized_repository("user/app") == "docker.io/user/app"
    assert normalized_repository("localhost/app") == "localhost/app"
    assert registry_of("localhost:5000/x") == "localhost:5000"


@pytest.mark.parametrize("name", ["docker.io/user/app:1", "127.0.0.1:5000/app", "r.example/a/b:v1.0"])
def test_good_name(name: str) -> None:
    assert problem_of(name) == ""


@pytest.mark.parametrize(
    ("name", "text"),
    [("app:1", "docker.io/library/app:1"), ("r.example/App", "no image name"), ("r.example/a:!", "is no tag")],
)
def test_bad_name(name: str, text: str) -> None:
    assert text in problem_of(name)


def test_base_images_are_what_is_not_a_stage() -> None:
    dockerfile = """
        ARG BASE=r.example/base
        ARG TAG
        FROM --platform=linux/amd64 $BASE:${TAG:-1} AS build
        FROM build AS test
        FROM scratch
        FROM \\
          ${OTHER}
        FROM r.example/last@sha256:ab
    """
    assert base_images(dockerfile, {}) == ["r.example/base:1", "r.example/last@sha256:ab"]
    assert base_images(dockerfile, {"TAG": "2", "BASE": "x"})[0] == "x:2"


def test_trace_of_a_build_is_read() -> None:
    vertex = b"\x0a\x03abc\x1a\x08RUN true\x3a\x04boom"
    log = b"\x18\x01\x22\x06hello\n"
    message = b"\x0a" + bytes([len(vertex)]) + vertex + b"\x1a" + bytes([len(log)]) + log
    assert trace_lines(base64.b64encode(message).decode()) == ["RUN true", "boom", "hello"]


def test_login_comes_from_the_provider_by_host() -> None:
    content = json.dumps({"auths": {"r.example": {"auth": base64.b64encode(b"u:p:q").decode()}}})
    credentials = Credentials(
        [
            {"address": "https://127.0.0.1:5000", "username": "me", "password": "secret"},
            {"address": "r.example", "configFileContent": content},
        ]
    )
    assert credentials.of_image("127.0.0.1:5000/x:1").password == "secret"
    assert credentials.of_image("r.example/x").password == "p:q"
    assert "secret" not in repr(credentials.of_image("127.0.0.1:5000/x:1"))
    own = Login("you", "word", "127.0.0.1:5000")
    assert credentials.of_image("127.0.0.1:5000/x:1", own) == own
    assert credentials.of_image("r.example/x", own).password == "p:q"
    assert credentials.of_image("127.0.0.1:5000/x:1", Login(server="127.0.0.1:5000")).password == "secret"


async def check(**news: Any) -> CheckResult:  # noqa: ANN401 - property values are dynamic
    return await Image(Engine()).check(CTX, None, news)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/Dockerfile").write_text("FROM scratch\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("program")
async def test_check_completes_the_build() -> None:
    result = await check(imageName="127.0.0.1:5000/x:1", build={"context": "app"})
    assert not result.failures
    build = result.inputs["build"]
    assert build["dockerfile"] == "app/Dockerfile"
    assert build["platform"].startswith("linux/")
    assert len(build["contextDigest"]) == 64
    assert result.inputs["buildOnPreview"] is False


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("news", "where", "text"),
    [
        ({"build": {"context": "app"}}, "imageName", "missing"),
        ({"imageName": "x", "build": {"context": "app"}}, "imageName", "fully qualified"),
        ({"imageName": NAME, "build": {"context": "app", "dockerfile": "Dockerfile"}}, "build.dockerfile", "Try 'app"),
        ({"imageName": "r.io/x"}, "build.dockerfile", "no Dockerfile"),
        ({"imageName": NAME, "build": {"context": "app", "builderVersion": "3"}}, "build.builderVersion", "must be"),
        ({"imageName": "r.io/x", "build": {"context": "app"}, "colour": 1}, "colour", "no property"),
    ],
)  # fmt: skip
async def test_check_names_what_is_wrong(news: dict[str, Any], where: str, text: str) -> None:
    failures = {failure.property: failure.reason for failure in (await check(**news)).failures}
    assert text in failures[where]


@pytest.mark.usefixtures("program")
async def test_check_leaves_open_what_is_not_known_yet() -> None:
    result = await check(imageName=UNKNOWN, build={"context": UNKNOWN})
    assert not result.failures
    assert "contextDigest" not in result.inputs["build"]


@pytest.mark.usefixtures("program")
@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({}, set()),
        ({"registry": {"server": "r.io", "username": "b", "password": Secret("other")}}, set()),
        ({"registry": {"server": "s.io", "username": "a", "password": Secret("p")}}, {"registry"}),
        ({"imageName": "r.io/y"}, {"imageName"}),
        ({"skipPush": True}, {"skipPush"}),
    ],
)
async def test_diff_never_replaces_and_does_not_care_for_a_new_login(change: dict[str, Any], keys: set[str]) -> None:
    base = {
        "imageName": "r.io/x",
        "build": {"context": "app"},
        "registry": {"server": "r.io", "username": "a", "password": Secret("p")},
    }
    old, new = (await check(**base)).inputs, (await check(**{**base, **change})).inputs
    result = await Image(Engine()).diff(CTX, "r.io/x", old, {"__inputs": Secret(old)}, new)
    assert set(result.detailed) == keys
    assert not result.replaces


def test_no_engine_says_which_socket_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ResourceFailed) as raised:
        connect(Settings(host=f"unix://{tmp_path}/none.sock"))
    assert f"unix://{tmp_path}/none.sock: there is no such socket" in str(raised.value)
    assert "systemctl start docker" in str(raised.value)


async def test_certificates_must_be_given_together() -> None:
    result = await DockerProvider().check_config(None, {"caMaterial": "x"})
    assert [failure.property for failure in result.failures] == ["certPath"]
    assert "must be given together" in result.failures[0].reason


@pytest.mark.parametrize(
    ("token", "instead"),
    [
        ("docker:index/service:Service", "use Container"),
        ("docker:index/serviceConfig:ServiceConfig", "'uploads'"),
        ("docker:index/secret:Secret", "'envs'"),
        ("docker:index/plugin:Plugin", "docker plugin install"),
        ("docker:index/buildxBuilder:BuildxBuilder", "Image and RemoteImage"),
    ],
)
def test_what_is_not_covered_says_what_is(token: str, instead: str) -> None:
    with pytest.raises(ResourceFailed, match=instead):
        DockerProvider().resource(token)


async def test_provider_with_unknown_configuration_is_not_configured() -> None:
    provider = DockerProvider()
    await provider.configure({"host": UNKNOWN})
    assert not provider.configured
