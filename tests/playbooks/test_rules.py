"""The house rules of the playbooks that tools can check, and the modules' pure functions.

What needs a machine is in the other files.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from types import ModuleType

PLAYBOOKS = Path(__file__).resolve().parents[2] / "playbooks"
ROLES = sorted(role.name for role in (PLAYBOOKS / "roles").iterdir())


def run(*command: str) -> subprocess.CompletedProcess[str]:
    # Ansible's programs find each other on PATH, and the tests need not run in an activated environment.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=PLAYBOOKS, env=environment, capture_output=True, text=True, check=False)


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, PLAYBOOKS / "library" / f"{name}.py")
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def test_ansible_lint_finds_nothing() -> None:
    done = run("ansible-lint", "--offline")
    shutil.rmtree(PLAYBOOKS / ".ansible", ignore_errors=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_yamllint_finds_nothing() -> None:
    done = run("yamllint", "--strict", ".")
    assert done.returncode == 0, done.stdout


def test_shellcheck_finds_nothing() -> None:
    scripts = sorted(str(script) for script in PLAYBOOKS.glob("roles/*/files/*.sh"))
    done = run("shellcheck", *scripts)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("playbook", sorted(path.name for path in PLAYBOOKS.glob("*.yml")))
def test_playbook_is_short_and_says_what_it_is(playbook: str) -> None:
    lines = (PLAYBOOKS / playbook).read_text().splitlines()
    assert 5 <= len(lines) <= 20
    assert lines[1].startswith("# ")


@pytest.mark.parametrize("role", ROLES)
def test_role_describes_every_option_and_marks_secrets(role: str) -> None:
    specification = yaml.safe_load((PLAYBOOKS / "roles" / role / "meta/argument_specs.yml").read_text())
    for name, option in specification["argument_specs"]["main"]["options"].items():
        assert option["description"], name
        is_secret = any(word in name for word in ("password", "encryption_key", "private_key", "login", "kubeconfig"))
        assert option.get("no_log", False) == is_secret, name


@pytest.mark.parametrize("role", ROLES)
def test_defaults_of_a_role_are_those_it_documents(role: str) -> None:
    path = PLAYBOOKS / "roles" / role / "defaults/main.yml"
    options = yaml.safe_load((PLAYBOOKS / "roles" / role / "meta/argument_specs.yml").read_text())
    documented = {name: each for entry in options["argument_specs"].values() for name, each in entry["options"].items()}
    for name, value in (yaml.safe_load(path.read_text()) if path.exists() else {}).items():
        if "{{" not in str(value):
            assert documented[name]["default"] == value, name


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        ("", "# BEGIN slipway\nnew\n# END slipway\n"),
        ("a", "a\n# BEGIN slipway\nnew\n# END slipway\n"),
        ("a\n# BEGIN slipway\nold\n# END slipway\nb\n", "a\n# BEGIN slipway\nnew\n# END slipway\nb\n"),
    ],
)
def test_a_block_is_replaced_or_appended(current: str, expected: str) -> None:
    assert module("slipway_files").with_block(current, "new") == expected


@pytest.mark.parametrize(("ranges", "size"), [("0", 1), ("0-1", 2), ("0-3,6", 5), ("0-3,8-11\n", 8)])
def test_online_processors_are_counted(ranges: str, size: int) -> None:
    assert module("slipway_facts").range_size(ranges) == size


@pytest.mark.parametrize(
    ("distribution", "packages_come"),
    [
        ("debian-12", "from the registry"),
        ("debian-13", "from the registry"),
        ("ubuntu-24.04", "from its own sources"),
        ("ubuntu-22.04", "never"),
        ("fedora-42", "never"),
    ],
)
def test_distributions_get_their_packages_or_are_refused(tmp_path: Path, distribution: str, packages_come: str) -> None:
    layers = {name: {"repository": name, "digest": "sha256:0"} for name in ("debian-12", "debian-13")}
    given = {
        "slipway_facts": {"distribution": distribution, "missing_commands": ["haproxy", "loopback"]},
        "machine": {"name": "a", "roles": ["load-balancer"]},
        "host_package_layers": layers,
        "registry_address": "10.0.0.1", "registry_name": "registry", "ca_certificate": "CA",
    }  # fmt: skip
    packages = ["haproxy", "containernetworking-plugins"]
    expected = [
        f"(slipway_facts.distribution in host_distributions) == {packages_come != 'never'}",
        f"(host_package_layer is mapping) == {packages_come == 'from the registry'}",
        f"host_packages_missing == {packages}",
    ]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(PLAYBOOKS / "roles/host/vars/main.yml")],
        "vars": given,
        "tasks": [{"ansible.builtin.assert": {"that": expected}}],
    }
    playbook = tmp_path / "play.yml"
    playbook.write_text(yaml.safe_dump([play]))

    done = run("ansible-playbook", "--connection=local", "--inventory=localhost,", str(playbook))

    assert done.returncode == 0, done.stdout + done.stderr
