"""The private files of a session on a real file system: the passphrase, and the copy that holds the salt."""

from __future__ import annotations

import os
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from operations.failure import OperationFailedError
from operations.passphrase import ensure_passphrase
from operations.project import Project, check_environment_name, find_project
from operations.stack_file import merged, refresh_private_copy, salt_of

if TYPE_CHECKING:
    from operations.session import Session

SALT = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="


def test_passphrase_is_made_once_and_private(tmp_path: Path) -> None:
    path = tmp_path / "state" / "passphrase"
    ensure_passphrase(path)
    first = path.read_text()
    ensure_passphrase(path)
    assert path.read_text() == first
    assert len(first.strip()) >= 40
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_passphrase_of_two_first_runs_at_once_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"

    def make(_: int) -> str:
        ensure_passphrase(path)
        return path.read_text()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(make, range(16)))) == 1


def test_passphrase_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.write_text("hush")
    path.chmod(0o644)
    with pytest.raises(OperationFailedError, match="chmod 600") as raised:
        ensure_passphrase(path)
    assert "hush" not in str(raised.value)


def test_empty_passphrase_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "passphrase"
    path.touch(mode=0o600)
    with pytest.raises(OperationFailedError, match="is empty"):
        ensure_passphrase(path)


def test_private_copy_follows_the_committed_file_and_keeps_the_salt(tmp_path: Path) -> None:
    committed, private = tmp_path / "Pulumi.x.yaml", tmp_path / "private" / "Pulumi.x.yaml"
    committed.write_text("# why\nconfig:\n  a:b: 012")
    refresh_private_copy(committed, private)
    private.write_text(f"config:\n  a:b: stale\nencryptionsalt: {SALT}\n")
    refresh_private_copy(committed, private)
    assert private.read_text() == f"# why\nconfig:\n  a:b: 012\nencryptionsalt: {SALT}\n"
    assert committed.read_text() == "# why\nconfig:\n  a:b: 012"
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


@pytest.mark.parametrize("own", ["encryptionsalt: v1:AAAA:v1:BBBB:CCCC", "secretsprovider: awskms://alias/team"])
def test_secrets_provider_of_the_committed_file_wins(own: str) -> None:
    assert merged(f"config: {{}}\n{own}\n", SALT, where=Path("x")) == f"config: {{}}\n{own}\n"


@pytest.mark.parametrize("committed", ["", "# nothing yet\n", "config:\n  a:b: c\n"])
def test_salt_can_be_added_to(committed: str) -> None:
    assert yaml.safe_load(merged(committed, SALT, where=Path("x")))["encryptionsalt"] == SALT


@pytest.mark.parametrize(
    ("committed", "complaint"),
    [("{config: {}}", "not valid YAML|block-style"), ("- a", "must be a YAML mapping"), ("a: [", "not valid YAML")],
)
def test_malformed_environment_file_names_itself(committed: str, complaint: str) -> None:
    with pytest.raises(OperationFailedError, match=complaint) as raised:
        merged(committed, SALT, where=Path("environments/Pulumi.x.yaml"))
    assert "environments/Pulumi.x.yaml" in str(raised.value)
    assert raised.value.code == 2


def test_malformed_salt_is_not_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "Pulumi.x.yaml"
    path.write_text("encryptionsalt: broken\n")
    with pytest.raises(OperationFailedError, match="malformed"):
        salt_of(path)


def test_unknown_environment_lists_those_there_are(project: Project) -> None:
    with pytest.raises(OperationFailedError, match=r"Environments in .*: try") as raised:
        project.stack_file("other")
    assert raised.value.code == 2


def test_project_is_found_from_below(project: Project) -> None:
    assert find_project(project.root / "stacks") == project


def test_backend_of_the_project_file_becomes_absolute(project: Project) -> None:
    with (project.root / "Pulumi.yaml").open("a") as file:
        file.write("backend:\n  url: file://./kept\n")
    url = find_project(project.root).backend_url
    assert url is not None
    assert Path(url.removeprefix("file://")).resolve() == project.root / "kept"


@pytest.mark.parametrize("name", ["", "Local", "a/b", "-x", "x-", "../up", "a" * 33])
def test_environment_name_that_is_no_dns_label_is_refused(name: str) -> None:
    with pytest.raises(OperationFailedError, match="cannot be an environment"):
        check_environment_name(name)


def test_session_uses_own_backend_and_passphrase_file(session: Session) -> None:
    session.prepare_files()
    variables = session.variables
    assert variables["PULUMI_BACKEND_URL"] == f"file://{session.state}/pulumi?metadata=skip"
    assert Path(variables["PULUMI_CONFIG_PASSPHRASE_FILE"]).read_text().strip()
    assert variables["PATH"].split(os.pathsep)[:2] == [str(session.launchers), str(session.cli.parent)]
    for private in (session.state, session.directory, session.home):
        assert stat.S_IMODE(private.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_passphrase_of_the_user_wins(session: Session, name: str) -> None:
    own = replace(session, inherited={**session.inherited, name: ""})
    own.prepare_files()
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in own.variables
    assert not (session.state / "passphrase").exists()


def test_backend_of_the_user_wins_over_that_of_the_project(session: Session) -> None:
    project = replace(session.project, backend_url="s3://project")
    assert replace(session, project=project).variables["PULUMI_BACKEND_URL"] == "s3://project"
    own = replace(session, project=project, inherited={"PULUMI_BACKEND_URL": "s3://mine"})
    assert own.variables["PULUMI_BACKEND_URL"] == "s3://mine"
    assert own.backend_directory is None


def test_export_lines_survive_a_shell(session: Session, tmp_path: Path) -> None:
    odd = replace(session, state=tmp_path / "it's $HOME; here")
    script = f'{odd.export_lines()}\nprintf %s "$PULUMI_HOME"'
    printed = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed == str(odd.home)
