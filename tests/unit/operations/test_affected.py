"""Which environments a change touches, for every kind of file, and with a real git repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from operations.affected.changes import affected_by, changed_files
from operations.affected.previews import preview_all
from operations.affected.rules import known_rules, rule_of
from operations.failure import OperationFailedError
from operations.project import Project

ROOT = Path(__file__).resolve().parents[3]
ENVIRONMENTS = {
    "local": {"place": "containers", "database": {"engine": "ferretdb"}},
    "rack": {"place": "ssh", "database": {"engine": "mongodb"}},
}
ALL = ["local", "rack"]


@pytest.mark.parametrize(
    ("path", "environments"),
    [
        ("environments/Pulumi.local.yaml", ["local"]),
        ("environments/Pulumi.gone.yaml", []),
        ("stacks/foundation.py", ALL),
        ("components/web_tier.py", ALL),
        ("components/places/containers.py", ["local"]),
        ("components/places/ssh.py", ["rack"]),
        ("policies/catalogue.py", ALL),
        ("playbooks/roles/host/tasks/main.yml", ALL),
        ("playbooks/README.md", []),
        ("apps/api/catalogue/serving.py", ALL),
        ("plugins/slipway/resources/ansible_run.py", ALL),
        ("plugins/docker/container.py", ["local"]),
        ("images/machine/image.toml", ["local"]),
        ("images/ferretdb/image.toml", ["local"]),
        ("images/cilium/rootfs/install-plugin.sh", ALL),
        ("toolchain/tools.toml", ALL),
        ("toolchain/modules/actionlint/go.mod", []),
        ("requirements.lock", ALL),
        ("Pulumi.yaml", ALL),
        ("docs/preview.md", []),
        ("docs/pictures/page.png", []),
        ("README.md", []),
        ("tests/e2e/conftest.py", []),
        ("bench/run", []),
        (".github/workflows/ci.yml", []),
        ("operations/cli.py", []),
        ("something/new.txt", ALL),
    ],
)
def test_a_changed_file_touches_those_that_use_it(path: str, environments: list[str]) -> None:
    assert affected_by([path], ENVIRONMENTS).environments == environments


def test_every_tracked_file_is_known_to_a_rule() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    assert [path for path in tracked if path and rule_of(path) not in known_rules()] == []


def test_an_environment_with_mistakes_is_touched_by_all_that_others_are() -> None:
    assert affected_by(["plugins/docker/image.py"], {"broken": {}, **ENVIRONMENTS}).environments == ["broken", "local"]


def test_the_matrix_is_what_a_workflow_takes_and_the_reason_is_told() -> None:
    found = affected_by(["environments/Pulumi.rack.yaml", "docs/a.md"], ENVIRONMENTS)
    assert found.matrix == {"environment": ["rack"]}
    assert found.because == {"rack": ["environments/Pulumi.rack.yaml"]}
    assert found.changed_files == 2


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    for name in ("kept", "moved", "removed"):
        (tmp_path / name).write_text(name * 20)
    git("add", ".")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "work")
    git("mv", "moved", "moved there")
    git("rm", "-q", "removed")
    git("commit", "-qm", "two")
    git("checkout", "-q", "main")
    (tmp_path / "later").write_text("on main alone")
    git("add", ".")
    git("commit", "-qm", "three")
    git("checkout", "-q", "work")
    (tmp_path / "kept").write_text("not committed")
    (tmp_path / "nëw").write_text("not added")
    return tmp_path


def test_changes_are_counted_from_where_the_branch_began(repository: Path) -> None:
    assert changed_files(repository, "main") == ["kept", "moved", "moved there", "nëw", "removed"]


@pytest.mark.parametrize("base", ["no-such-branch", "--output=x"])
def test_a_base_that_is_not_there_is_named(repository: Path, base: str) -> None:
    with pytest.raises(OperationFailedError, match=base):
        changed_files(repository, base)


def test_a_preview_that_cannot_begin_is_told_and_keeps_no_old_page(tmp_path: Path) -> None:
    project = Project(ROOT, "slipway", ROOT / "environments", None)
    (tmp_path / "nowhere.md").write_text("an old page")
    (done,) = preview_all(project, ["nowhere"], tmp_path, at_once=2)
    assert done.exit_code == 2
    assert "There is no environment 'nowhere'" in done.log.read_text()
    assert not done.page.exists()
