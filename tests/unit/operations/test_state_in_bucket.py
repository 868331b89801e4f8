"""Pulumi's state in an S3 bucket: the real CLI against moto, and against ministack where its address is given."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from operations import inventory, own_runs, pulumi_cli
from operations.failure import OperationFailedError
from operations.preparation import advice, create_stack, prepare, unlocked_state
from operations.stack_lock import clear_stale_lock, locks
from operations.stack_state import read_state
from operations.tear_down import tear_down

from .conftest import configure
from .s3_server import REGION, S3Server, made_bucket
from .servers import free_port, wait_for

if TYPE_CHECKING:
    from docker import DockerClient

    from operations.session import Session

RUNNER = """
import pickle, sys
from operations import pulumi_cli
session = pickle.loads(bytes.fromhex(sys.argv[1]))
sys.exit(pulumi_cli.run(session, "up", "--yes", "--skip-preview", "--stack", session.environment))
"""
MINISTACK = os.environ.get("SLIPWAY_TEST_MINISTACK_URL")
HELD = "/.pulumi/stacks/trial/try.json"


pytestmark = pytest.mark.usefixtures("aws_credentials")


def _in_bucket(session: Session, endpoint: str, bucket: str, *, region: str = REGION) -> Session:
    url = f"s3://{bucket}/team/a?endpoint={endpoint}&s3ForcePathStyle=true" + (f"&region={region}" if region else "")
    aws = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    inherited = {**session.inherited, **aws, "PULUMI_BACKEND_URL": url, "PULUMI_CONFIG_PASSPHRASE": "shared"}
    return replace(session, inherited=inherited)


@pytest.fixture
def bucket(s3: S3Server) -> tuple[Any, str]:
    return made_bucket(s3.url)


@pytest.fixture
def shared(real_session: Session, s3: S3Server, bucket: tuple[Any, str], tmp_path: Path) -> Session:
    """A session whose state is in a bucket of moto, with a stack."""
    session = _in_bucket(real_session, s3.url, bucket[1])
    configure(session, {"slow": 3}, tmp_path / "journal")
    prepare(session)
    create_stack(session)
    return session


def _start_up(session: Session, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as file:
        return subprocess.Popen(
            # A copy, as the session may hold a connection.
            [sys.executable, "-c", RUNNER, pickle.dumps(replace(session)).hex()],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=Path(__file__).parents[3],
        )


def _up(session: Session) -> int:
    return pulumi_cli.run(session, "up", "--yes", "--skip-preview", "--stack", session.environment, output=sys.stderr)


def _lock_pid(session: Session) -> int:
    wait_for(lambda: bool(locks(session)))
    return locks(session)[0].pid


@pytest.mark.parametrize(
    "service",
    ["moto", pytest.param("ministack", marks=pytest.mark.skipif(not MINISTACK, reason="SLIPWAY_TEST_MINISTACK_URL"))],
)
def test_whole_life_of_a_stack_in_a_bucket(
    service: str, s3: S3Server, real_session: Session, engine_environment: str, tmp_path: Path
) -> None:
    endpoint = s3.url if service == "moto" else MINISTACK or ""
    client, name = made_bucket(endpoint)
    (real_session.project.stack_directory / f"Pulumi.{engine_environment}.yaml").write_text("config: {}\n")
    session = _in_bucket(replace(real_session, environment=engine_environment), endpoint, name)
    configure(session, {"one": 0}, tmp_path / "journal")
    prepare(session)
    assert unlocked_state(session, Console(quiet=True)) is None
    create_stack(session)
    assert _up(session) == 0
    colleague = replace(session, state=tmp_path / "another-machine")
    prepare(colleague)
    shown = pulumi_cli.capture(
        colleague, "stack", "output", "--json", "--show-secrets", "--stack", session.environment, private=True
    )
    assert json.loads(shown) == {"token": "hush"}
    arguments = ("preview", "--expect-no-changes", "--stack", session.environment)
    assert pulumi_cli.run(colleague, *arguments, output=sys.stderr) == 0
    assert [stack.name for stack in inventory.take_inventory(session).stacks] == [session.environment]
    done = tear_down(colleague, Console(quiet=True), force=False, as_json=True)
    assert (done.exit_code, done.had_stack) == (0, True)
    left = [entry["Key"] for entry in client.list_objects_v2(Bucket=name).get("Contents", ())]
    assert left == ["team/a/.pulumi/meta.yaml"]
    assert tear_down(session, Console(quiet=True), force=False, as_json=True).had_stack is False


def test_forced_destroy_needs_no_passphrase(
    shared: Session, bucket: tuple[Any, str], engine: DockerClient, tmp_path: Path
) -> None:
    del engine
    configure(shared, {}, tmp_path / "journal")
    assert _up(shared) == 0
    inherited = {**shared.inherited, "PULUMI_CONFIG_PASSPHRASE": "other"}
    stranger = replace(shared, inherited=inherited)
    assert tear_down(stranger, Console(quiet=True), force=True, as_json=True).had_stack is True
    assert [entry["Key"] for entry in bucket[0].list_objects_v2(Bucket=bucket[1])["Contents"]] == [
        "team/a/.pulumi/meta.yaml"
    ]


def test_second_run_is_told_who_holds_the_stack_and_nothing_is_lost(shared: Session, tmp_path: Path) -> None:
    running = _start_up(shared, tmp_path / "log")
    pid = _lock_pid(shared)
    with pytest.raises(OperationFailedError, match=rf"locked by a run of .*pid {pid}, since .*kill -INT {pid}"):
        clear_stale_lock(shared, wait_seconds=0, tell=lambda _: None)
    # One that began at the same moment is refused by the CLI itself, and then explained.
    second = replace(shared, state=tmp_path / "another-machine")
    prepare(second)
    assert _up(second) != 0
    assert f"pid {pid}" in str(advice(second))
    assert "pulumi cancel --stack try" in str(advice(second))
    with pytest.raises(OperationFailedError, match="only people can tell"):
        clear_stale_lock(second, wait_seconds=60, tell=lambda _: None)
    # With patience the next run on this machine simply follows it.
    state = unlocked_state(shared, Console(quiet=True), wait_seconds=60)
    assert running.wait() == 0, (tmp_path / "log").read_text()
    assert state is not None
    assert "slow" in [resource.id for resource in state.resources]
    assert (tmp_path / "journal").read_text() == "slow\n"


def test_lock_of_a_killed_run_is_removed_only_where_the_run_was_started(shared: Session, tmp_path: Path) -> None:
    running = _start_up(shared, tmp_path / "log")
    pid = _lock_pid(shared)
    os.kill(pid, signal.SIGKILL)
    running.wait()
    # Same name, same number, but another machine: it may well be alive there.
    namesake = replace(shared, state=tmp_path / "another-machine")
    with pytest.raises(OperationFailedError, match="only people can tell"):
        clear_stale_lock(namesake, wait_seconds=60, tell=lambda _: None)
    told: list[str] = []
    clear_stale_lock(shared, wait_seconds=0, tell=told.append)
    assert "killed" in told[0]
    assert locks(shared) == []
    assert not own_runs.is_own(shared, pid)


def test_interrupted_upload_leaves_the_checkpoint_as_it_was(
    shared: Session, s3: S3Server, bucket: tuple[Any, str], tmp_path: Path
) -> None:
    client, name = bucket
    configure(shared, {"one": 0}, tmp_path / "journal")
    prepare(shared)
    assert _up(shared) == 0
    key = f"team/a{HELD}"
    before = client.get_object(Bucket=name, Key=key)["Body"].read()
    configure(shared, {"one": 0, "two": 0}, tmp_path / "journal")
    prepare(shared)
    s3.hold = HELD
    running = _start_up(shared, tmp_path / "log")
    assert s3.is_held.wait(30)
    os.kill(_lock_pid(shared), signal.SIGKILL)
    running.wait()
    s3.hold = None
    s3.release.set()
    assert client.get_object(Bucket=name, Key=key)["Body"].read() == before
    assert unlocked_state(shared, Console(quiet=True), wait_seconds=0) is not None
    assert _up(shared) == 0
    state = read_state(shared)
    assert state is not None
    assert {"one", "two"} <= {resource.id for resource in state.resources}


def test_missing_bucket_is_refused(real_session: Session, s3: S3Server) -> None:
    with pytest.raises(OperationFailedError, match=r"no such bucket.*aws s3 mb s3://nowhere"):
        prepare(_in_bucket(real_session, s3.url, "nowhere"))


def test_url_without_a_bucket_is_refused(real_session: Session, s3: S3Server) -> None:
    with pytest.raises(OperationFailedError, match="names no bucket"):
        prepare(_in_bucket(real_session, s3.url, ""))


def test_bucket_in_another_region_is_refused(real_session: Session, s3: S3Server, bucket: tuple[Any, str]) -> None:
    with pytest.raises(OperationFailedError, match=f"is in {REGION}, not in us-west-2. Put region={REGION}"):
        prepare(_in_bucket(real_session, s3.url, bucket[1], region="us-west-2"))


def test_region_of_the_environment_counts(
    real_session: Session, s3: S3Server, bucket: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    session = _in_bucket(real_session, s3.url, bucket[1], region="")
    with pytest.raises(OperationFailedError, match="not in us-east-1"):
        prepare(session)
    monkeypatch.setenv("AWS_REGION", REGION)
    prepare(replace(session))


def test_missing_credentials_are_refused(
    real_session: Session, s3: S3Server, bucket: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(OperationFailedError, match="no complete AWS credentials"):
        prepare(_in_bucket(real_session, s3.url, bucket[1]))


def test_unknown_profile_is_refused(real_session: Session, s3: S3Server, bucket: tuple[Any, str]) -> None:
    with pytest.raises(OperationFailedError, match=r"profile \(nobody\) could not be found"):
        prepare(_in_bucket(real_session, f"{s3.url}&profile=nobody", bucket[1]))


def test_endpoint_that_is_down_is_refused_and_listed_as_a_problem(real_session: Session) -> None:
    session = _in_bucket(real_session, f"http://127.0.0.1:{free_port()}", "any")
    with pytest.raises(OperationFailedError, match=r"nothing answers at http://127.0.0.1"):
        prepare(session)
    assert any("nothing answers" in problem for problem in inventory.take_inventory(session).problems)


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (
            "403 Forbidden",
            "AccessDenied",
            r"\(ListObjectsV2: AccessDenied as told\). Allow s3:ListBucket",
        ),
        ("400 Bad Request", "ExpiredToken", "have expired .*Log in again"),
        ("403 Forbidden", "InvalidAccessKeyId", "AWS does not know the credentials"),
        ("400 Bad Request", "AuthorizationHeaderMalformed", "in another region"),
        ("418 I'm a teapot", "Teapot", r"S3 refused \(ListObjectsV2: Teapot as told\)"),
    ],
)
def test_refusal_of_the_service_is_explained(
    real_session: Session, s3: S3Server, status: str, code: str, said: str
) -> None:
    s3.refusal = (status, code)
    with pytest.raises(OperationFailedError, match=said):
        prepare(_in_bucket(real_session, s3.url, "any"))
