"""Who is named for a difference, by what the world has written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from operations.drift.finding import Change, Finding
from operations.drift.hosts import layer, probe, sessions
from operations.drift.kubernetes.audit import DELETED, Write, author, parse_write
from operations.drift.kubernetes.managed_fields import Owner
from operations.drift.machines import engine_history
from operations.drift.recorded import RecordedState
from operations.drift.resource import Resource
from operations.drift.secret_texts import Redaction
from operations.stack_state import StackState

TARGET = ("apps", "deployments", "catalogue", "api")
START = datetime(2026, 1, 2, tzinfo=UTC)


def write(seconds: float, user: str, manager: str, verb: str = "patch", agent: str = "kubectl/v1") -> Write:
    return Write(verb, user, "", agent, manager, "10.0.0.1", START + timedelta(seconds=seconds), TARGET)


def owner(manager: str, seconds: int) -> Owner:
    return Owner(manager, "Update", "", (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ"))


def test_the_audit_log_names_the_user_behind_a_manager() -> None:
    found = author(TARGET, [owner("kubectl-edit", 10)], [write(10.4, "alice", "kubectl-edit")])
    assert found is not None
    assert (found.name, found.source) == ("alice", "audit log")


def test_two_people_with_one_program_are_both_named() -> None:
    writes = [write(5, "alice", "kubectl-edit"), write(10, "bob", "kubectl-edit"), write(9, "carol", "kubectl-label")]
    found = author(TARGET, [owner("kubectl-edit", 10)], writes)
    assert found is not None
    assert found.name == "alice or bob"


def test_what_was_done_before_the_last_update_does_not_count() -> None:
    writes = [
        write(1, "alice", "kubectl-edit"),
        write(2, "admin", "pulumi-1", agent="slipway-kubernetes"),
        write(3, "bob", "kubectl-edit"),
    ]
    found = author(TARGET, [owner("kubectl-edit", 3)], writes)
    assert found is not None
    assert found.name == "bob"


def test_without_a_log_the_manager_is_all_that_is_known() -> None:
    found = author(TARGET, [owner("kubectl-edit", 3)], [])
    assert found is not None
    assert (found.name, found.source) == ("somebody with kubectl-edit", "managed fields")


@pytest.mark.parametrize("namespace", ["", "team"])
def test_a_namespace_is_found_however_the_log_counts_it(namespace: str) -> None:
    entry = dict.fromkeys(("verb", "as", "agent", "uri", "from", "group"), "")
    logged = {**entry, "user": "alice", "at": "2026-01-02T00:00:00Z", "plural": "namespaces", "name": "team"}
    assert parse_write({**logged, "namespace": namespace}).target == ("", "namespaces", "", "team")


def test_a_deletion_is_the_persons_not_the_garbage_collectors() -> None:
    collector = "system:serviceaccount:kube-system:generic-garbage-collector"
    writes = [write(1, "alice", "", verb="delete"), write(2, collector, "", verb="delete")]
    found = author(TARGET, [], writes, event=DELETED)
    assert found is not None
    assert found.name == "alice"


def test_who_took_something_away_is_not_who_added_something_else() -> None:
    writes = [write(5, "carol", "kubectl-label"), write(10, "bob", "kubectl-taint")]
    found = author(TARGET, [], writes, others=[owner("kubectl-label", 5)])
    assert found is not None
    assert found.name == "bob"


MITOGEN = (
    "/usr/bin/python3 -c 'import sys;sys.path=[p for p in sys.path if p];import binascii,os,select,zlib;"
    "exec(zlib.decompress(binascii.a2b_base64(sys.argv[1]),-15))' pZLRS slipway@host:1 2"
)
JOURNAL: list[dict[str, Any]] = [
    {"at": 90.0, "kind": "login", "user": "alice", "source": "10.0.0.9", "key": "SHA256:abc", "method": "publickey"},
    {"at": 100.0, "end": 101.0, "kind": "sudo", "user": "alice", "command": "/usr/bin/sh -c 'echo >> /etc/a.conf'"},
    {"at": 100.2, "end": 160.0, "kind": "sudo", "user": "bob", "command": "/bin/bash"},
    {"at": 50.0, "end": 300.0, "kind": "sudo", "user": "slipway", "command": "/bin/sh -c 'echo BECOME-SUCCESS-x'"},
    {"at": 50.0, "end": 300.0, "kind": "sudo", "user": "slipway", "command": MITOGEN},
    {"at": 101.5, "end": 101.6, "kind": "sudo", "user": "carol", "command": "/usr/bin/cat /etc/a.conf"},
]


@pytest.mark.parametrize(
    ("words", "at", "name"),
    [
        (("/etc/a.conf",), 100.5, "alice"),  # two sessions were open, one names the file; another one a second later
        (("/etc/a.conf",), 102.0, "alice or carol"),  # a time in whole seconds: either can be meant
        (("/etc/b.conf",), 150.0, "bob"),  # only a shell was open
        (("/etc/b.conf",), 250.0, None),  # nothing but Ansible
        (("vm.swappiness",), 0.0, "bob"),  # nobody knows when: a shell hides what was typed
    ],
)
def test_sessions_tell_who_changed_a_host(words: tuple[str, ...], at: float, name: str | None) -> None:
    subject = sessions.Subject(words, at)
    found = sessions.naming_author(subject, JOURNAL) or sessions.likely_author(subject, JOURNAL)
    assert (found.name if found else None) == name


def test_a_login_is_told_with_its_key() -> None:
    found = sessions.naming_author(sessions.Subject(("/etc/a.conf",), 100.5), JOURNAL)
    assert found is not None
    assert found.via == "ssh from 10.0.0.9, key SHA256:abc"


def test_the_probe_reads_sudo_and_sshd() -> None:
    sudo = probe.SUDO.fullmatch("   alice : PWD=/home/alice ; USER=root ; COMMAND=/usr/bin/tee /etc/x ; echo")
    assert sudo is not None
    assert (sudo["user"], sudo["command"]) == ("alice", "/usr/bin/tee /etc/x ; echo")
    accepted = probe.ACCEPTED.match("Accepted publickey for alice from 10.0.0.9 port 5 ssh2: ED25519 SHA256:abc")
    assert accepted is not None
    assert (accepted["user"], accepted["source"], accepted["key"]) == ("alice", "10.0.0.9", "SHA256:abc")


def test_the_engine_tells_when_and_its_socket_who() -> None:
    event = {"Action": "update", "time": 1_700_000_000, "Actor": {"ID": "1", "Attributes": {"name": "web"}}}
    found = engine_history.author(["web"], "cpus", [event], people="root or alice")
    assert (found.name, found.via) == ("root or alice", "container engine, update")
    assert found.at == datetime.fromtimestamp(1_700_000_000, UTC)
    assert engine_history.author(["other"], "cpus", [event], people="root").at is None


def test_a_command_through_the_engine_that_names_a_file_comes_before_whoever_was_logged_in() -> None:
    inputs = {"hostname": "general-0"}
    machine = Resource("urn::machine", "docker:index/container:Container", "c1", inputs, {})
    state = RecordedState(StackState("", (), (), {}), (machine,), Redaction(()))
    about = "file /etc/c.conf"
    finding = Finding(layer="hosts", kind="Host", resource="general-0", property=about, change=Change.CHANGED)
    answer = {"packages": {}, "files": {"/etc/c.conf": {"at": 150.0}}, "journal": JOURNAL}
    run = {"Action": "exec_create: sh -c echo >> /etc/c.conf", "time": 150, "Actor": {"ID": "c1"}}

    with_engine, without = (layer.signed(finding, answer, state, events) for events in ([run], []))

    assert with_engine.author is not None
    assert with_engine.author.via == "container engine, exec"
    assert without.author is not None
    assert without.author.name == "bob"
