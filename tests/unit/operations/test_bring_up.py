"""`slipway up` as a whole on real containers: first run, second run, and after somebody deleted or stopped a machine.

It deliberately leaves out the set-up of the machine, which has tests of its own, and puts one container for a platform.
"""

from __future__ import annotations

import io
import json
import shutil
import tarfile
import uuid
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from operations import bring_up as bringing_up
from operations.boundary import exit_code_of
from operations.bring_up import UpOptions, bring_up
from operations.cli import app
from operations.session import open_session
from operations.tear_down import tear_down
from toolchain.lookup import executable

from .s3_server import REGION, made_bucket
from .servers import Answers, https, make_authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import DockerClient

    from operations.project import Project

    from .s3_server import S3Server

PROGRAM = """
import json, pathlib, pulumi
from pulumi_docker import Container, ContainerLabelArgs, Network, NetworkLabelArgs

env = pulumi.get_stack()
values = {"io.slipway.project": "slipway", "io.slipway.environment": env}
network = Network("network", name=f"slipway-{env}",
                  labels=[NetworkLabelArgs(label=k, value=v) for k, v in values.items()])
machine = Container("machine", name=f"slipway-{env}-one", image="IMAGE", network_mode=network.name,
                    labels=[ContainerLabelArgs(label=k, value=v) for k, v in values.items()],
                    opts=pulumi.ResourceOptions(depends_on=[network]))
for key, value in json.loads(pathlib.Path(__file__).with_name("outputs.json").read_text()).items():
    pulumi.export(key, value)
"""
SETTINGS = (
    "config:\n  slipway:place: containers\n  slipway:pools: [{name: general, size: 1}, {name: database, size: 1}]\n"
)


@pytest.fixture(scope="module")
def image(engine: DockerClient) -> Iterator[str]:
    """An image whose one process runs until it is told to stop, under a name that no other worker of pytest removes."""
    repository = f"slipway-unit-runs-{uuid.uuid4().hex[:8]}"
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        archive.add(executable("coredns"), "coredns")
    engine.api.import_image_from_data(
        layer.getvalue(), repository=repository, tag="latest", changes=['ENTRYPOINT ["/coredns"]']
    )
    yield f"{repository}:latest"
    engine.images.remove(f"{repository}:latest", force=True)


@pytest.fixture
def environment(  # noqa: PLR0917 - fixtures are passed by name
    project: Project,
    engine_environment: str,
    image: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pulumi: Path,
) -> Iterator[str]:
    """An environment in a project of its own, whose only health target is a page that this process serves."""
    del pulumi
    shutil.rmtree(project.stack_directory)
    project.stack_directory.mkdir()
    (project.stack_directory / f"Pulumi.{engine_environment}.yaml").write_text(SETTINGS)
    (project.root / "stacks" / "__main__.py").write_text(PROGRAM.replace("IMAGE", image))
    monkeypatch.chdir(project.root)
    monkeypatch.setenv("SLIPWAY_STATE", str(tmp_path / "state"))
    for name in ("PULUMI_BACKEND_URL", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(bringing_up, "_set_up", lambda _console, **_options: None)
    authority = make_authority(tmp_path / "pki")
    with https(Answers({"/": (200, b"hello")}), authority) as address:
        target = {"kind": "http", "layer": "workload", "name": "page", "url": f"https://{address}/"}
        target |= {"address": address, "serverName": "127.0.0.1", "caPem": authority.ca_pem}
        outputs = {
            "kubeconfig": "none",
            "registry": {"address": "a:1", "name": "r:1", "username": "u", "password": "p", "caPem": "c"},
            "endpoints": {"application": f"https://{address}", "api": "https://a", "apiServer": "https://k"},
            "nodes": [],
            "ssh": {"user": "u", "privateKey": "k"},
            "healthTargets": [target],
            "slo": {"endpoints": [{**target, "status": 200}]},
        }
        (project.root / "stacks" / "outputs.json").write_text(json.dumps(outputs))
        yield engine_environment
        tear_down(open_session(engine_environment, project=project), Console(quiet=True), force=False, as_json=True)


def test_up_again_brings_back_what_was_deleted_or_stopped(
    environment: str, engine: DockerClient, capfd: pytest.CaptureFixture[str]
) -> None:
    name = f"slipway-{environment}-one"
    assert exit_code_of(app, ["up", environment, "--json"]) == 0
    result = json.loads(capfd.readouterr().out)
    assert result["health"]["checks"][0]["status"] == "healthy"
    first = engine.containers.get(name)

    assert _up(environment) == ""
    assert engine.containers.get(name).id == first.id

    first.stop(timeout=1)
    assert f"Starting {name}" in _up(environment)
    assert engine.containers.get(name).id == first.id
    assert engine.containers.get(name).status == "running"

    first.remove(force=True)
    assert f"{name} is gone" in _up(environment)
    assert engine.containers.get(name).status == "running"
    assert len(engine.networks.list(names=[f"slipway-{environment}"])) == 1


def test_up_tells_what_users_noticed_and_refuses_to_overdraw_the_budget(
    environment: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(app, ["up", environment, "--json"]) == 0
    first = json.loads(capfd.readouterr().out)
    assert first["availability"] is None  # nobody was there yet who could notice

    assert exit_code_of(app, ["up", environment, "--json"]) == 0
    second = json.loads(capfd.readouterr().out)
    assert second["availability"]["requests"] > 0
    assert second["availability"]["failures"] == 0
    assert second["budget"]["leftSeconds"] == 263.0

    history = open_session(environment).availability_directory / "history.jsonl"
    (line,) = history.read_text().splitlines()
    history.write_text(json.dumps({**json.loads(line), "spentSeconds": 300.0}) + "\n")
    assert exit_code_of(app, ["up", environment]) == 2
    assert "--spend-budget" in capfd.readouterr().err
    assert exit_code_of(app, ["up", environment, "--spend-budget", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["budget"]["leftSeconds"] == -37.0
    assert exit_code_of(app, ["slo", environment, "--json"]) == 0
    assert len(json.loads(capfd.readouterr().out)["runs"]) == 2


PACK = """
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def machines(args, report):
    if args.resource_type == "docker:index/container:Container":
        report("is one machine too many")

PolicyPack("tried", policies=[ResourceValidationPolicy("few", "Few.", machines, EnforcementLevel.MANDATORY)])
"""


def test_up_with_a_preview_changes_nothing_where_a_mandatory_rule_is_broken(
    environment: str, project: Project, engine: DockerClient, capfd: pytest.CaptureFixture[str]
) -> None:
    (project.root / "policies").mkdir()
    (project.root / "policies" / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.0.1\n")
    (project.root / "policies" / "__main__.py").write_text(PACK)

    assert exit_code_of(app, ["up", environment, "--preview"]) != 0
    assert "is one machine too many" in capfd.readouterr().out
    assert engine.networks.list(names=[f"slipway-{environment}"]) == []

    assert exit_code_of(app, ["up", environment]) == 0


def _up(environment: str) -> str:
    """Run `up` and return what slipway itself had to say about repairs."""
    console = Console(quiet=False, width=200, soft_wrap=True)
    with console.capture() as captured:
        result = bring_up(environment, UpOptions(as_json=True, health_wait_seconds=10), console)
    assert result.exit_code == 0
    return "".join(line for line in captured.get().splitlines(keepends=True) if "health targets" not in line)


@pytest.mark.usefixtures("aws_credentials")
def test_every_command_works_with_the_state_in_a_bucket(
    environment: str, s3: S3Server, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, bucket = made_bucket(s3.url)
    with monkeypatch.context() as patch:
        url = f"s3://{bucket}/team?region={REGION}&endpoint={s3.url}&s3ForcePathStyle=true"
        patch.setenv("PULUMI_BACKEND_URL", url)
        assert exit_code_of(app, ["up", environment, "--json"]) == 0
        assert (
            exit_code_of(app, ["preview", environment, "--no-policies", "--no-foresight", "--expect-no-changes"]) == 0
        )
        assert exit_code_of(app, ["health", environment]) == 0
        capfd.readouterr()
        assert exit_code_of(app, ["list", "--json"]) == 0
        assert environment in [stack["name"] for stack in json.loads(capfd.readouterr().out)["stacks"]]
        assert exit_code_of(app, ["drift", environment, "--layer", "machines"]) == 0
        assert exit_code_of(app, ["env", environment]) == 0
        assert f"export PULUMI_BACKEND_URL='{url}'" in capfd.readouterr().out
        assert exit_code_of(app, ["destroy", environment, "--yes"]) == 0
    left = [entry["Key"] for entry in client.list_objects_v2(Bucket=bucket)["Contents"]]
    assert left == ["team/.pulumi/meta.yaml"]
