"""What is secret in resources of the docker plugin is in no log, diff, event, state or process list in the clear.

The containers and the image themselves hold the secrets, as they must; builds and processes print them on purpose.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from tests.plugins.docker.registry import USERNAME, running_registry
from tests.plugins.trust import twenty
from tests.plugins.trust.trust_engine import TrustEngine, trust_engine
from tests.plugins.trust.watched_stack import LOUD, WatchedStack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import docker

NAME = "slipway-canaries"
PROGRAM = """
import pulumi_docker as docker

login = {{"address": "{registry}", "username": "{username}", "password": protect(canaries["login"])}}
engine = docker.Provider("engine", registry_auth=[login])
options = pulumi.ResourceOptions(provider=engine)


def labels(**more):
    pairs = {{"{environment}": "{stack}", "revision": revision, **more}}
    return [{{"label": key, "value": value}} for key, value in pairs.items()]


def image(name, folder):
    arguments = {{"TOKEN": protect(canaries["build argument"]), "KEY": protect(canaries["key"]), "REVISION": revision}}
    build = {{"context": folder, "args": arguments}}
    push = {{"server": "{registry}", "username": "{username}", "password": protect(canaries["push"])}}
    docker.Image(name, image_name=f"{stack}/{{name}}:1", skip_push=True, build=build, registry=push, opts=options)


def container(name, script, **properties):
    docker.Container(
        name,
        image="{base}",
        command=["sh", "-c", script],
        labels=labels(canary=protect(canaries["container label"])),
        # As programs do it: the whole entry is the secret, and what is printed is a part of it.
        envs=[pulumi.Output.concat("TOKEN=", protect(canaries["environment"])), f"REVISION={{revision}}"],
        uploads=[{{"file": "/etc/token", "content": protect(canaries["upload"] + "\\nand a second line\\n")}}],
        **properties,
        opts=options,
    )


docker.Volume("volume", labels=labels(canary=protect(canaries["volume label"])), opts=options)
docker.Network(
    "network",
    labels=labels(canary=protect(canaries["network label"])),
    ipam_configs=[{{"subnet": f"10.95.{{revision}}.0/24"}}],
    opts=options,
)
image("built", "context")
container("runs", "sleep 1000")
container("says", "echo it is $TOKEN", attach=True, logs=True, must_run=False)
if failing:
    container("ends", "echo it is $TOKEN; cat /etc/token; exit 3")
    image("broken", "broken")
    docker.RemoteImage("refused", name="{registry}/{stack}:1", opts=options)
pulumi.export("exported", protect(canaries["output"]))
"""
_DOCKERFILE = """\
FROM {base}
LABEL {environment}={stack}
ARG REVISION
ARG TOKEN
ARG KEY
RUN echo "$TOKEN of $REVISION"; echo "$KEY"{ending}
"""


def canaries() -> dict[str, str]:
    kinds = ("login", "push", "build argument", "environment", "upload", "volume label", "network label", "output")
    made = {kind: f"canary-{kind}-{secrets.token_hex(8)}".replace(" ", "-") for kind in (*kinds, "container label")}
    return {**made, "key": f"first line\n{secrets.token_hex(24)}\nlast line"}


@pytest.fixture
def in_engine(api: docker.APIClient, busybox: Path) -> Iterator[TrustEngine]:
    yield from trust_engine(api, busybox, NAME)


@pytest.fixture
def program(in_engine: TrustEngine, tmp_path: Path) -> Iterator[str]:
    del in_engine  # it makes the image
    words = {"environment": twenty.ENVIRONMENT, "stack": NAME, "base": twenty.base_image(NAME)}
    for folder, ending in (("context", ""), ("broken", "; exit 3")):
        (tmp_path / "stack" / folder).mkdir(parents=True)
        (tmp_path / "stack" / folder / "Dockerfile").write_text(_DOCKERFILE.format(ending=ending, **words))
    (tmp_path / "registry").mkdir()
    with running_registry(tmp_path / "registry") as registry:
        yield PROGRAM.format(registry=registry.address, username=USERNAME, **words)


def watched(folder: Path, *, protected: bool) -> WatchedStack:
    known = canaries()
    run = WatchedStack(folder, "", known, protected=protected)
    # A line of it, as a build prints line by line.
    run.watch = type(run.watch)({**known, "key": known["key"].splitlines()[1]})
    return run


def test_secrets_of_docker_resources_appear_nowhere_in_the_clear(
    program: str, in_engine: TrustEngine, tmp_path: Path
) -> None:
    folder = tmp_path / "stack"
    run = watched(folder, protected=True)
    failed = run.live_through_everything(program, folder)
    assert run.watch.found == set(), run.watch.said
    # What printed the secrets did run, and what was hidden is in its place.
    assert "it is [secret]" in failed
    assert "[secret] of 3" in failed
    assert "unauthorized" in failed
    assert in_engine.live() == {}


def test_the_detector_finds_what_docker_resources_do_not_protect(program: str, tmp_path: Path) -> None:
    """The positive control: the same program without protection, so that the test above can fail."""
    folder = tmp_path / "stack"
    run = watched(folder, protected=False)
    run.write(program, 1)
    run.run("preview", "--diff", *LOUD)
    run.run("up", "--yes", "--skip-preview", "--event-log", str(folder / "events.json"))
    run.write(program, 2, failing=True)
    events = folder / "failed.json"
    run.run("up", "--yes", "--skip-preview", "--continue-on-error", "--event-log", str(events), succeeds=False)
    run.run("destroy", "--yes")
    # The official SDK itself marks the provider's logins as secret, whatever the program says.
    assert run.named() >= set(run.watch.secrets) - {"login"}
    assert f"it is {run.watch.secrets['environment']}" in events.read_text(encoding="utf-8")
    places = run.places()
    assert "events.json" in places
    assert ".pulumi/stacks/canaries/c.json" in places
    assert any(place.startswith("standard output of preview --diff") for place in places)
    assert any(place.startswith("standard error of preview --diff") for place in places)
