"""What is remembered of creations, and when it is forgotten."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from plugins.rpc.creation_journal import Creation, CreationJournal

if TYPE_CHECKING:
    from pathlib import Path

URN = "urn:pulumi:s::p::kubernetes:core/v1:ConfigMap::settings"


@pytest.fixture
def creation() -> Creation:
    return Creation(
        urn=URN,
        server="https://127.0.0.1:6443",
        api_version="v1",
        kind="ConfigMap",
        identifier="team/settings-01234567",
        manager="pulumi-kubernetes-89abcdef",
        began_at=time.time(),
    )


def test_another_process_finds_what_a_killed_one_began(tmp_path: Path, creation: Creation) -> None:
    journal = CreationJournal(tmp_path / "new")
    journal.begin(creation)
    assert CreationJournal(tmp_path / "new").find(URN) == creation
    journal.made(URN, "uid-1")
    assert CreationJournal(tmp_path / "new").find(URN) == replace(creation, uid="uid-1")


def test_an_orderly_end_forgets_what_was_answered_and_keeps_what_was_not(tmp_path: Path, creation: Creation) -> None:
    journal = CreationJournal(tmp_path)
    under_way = replace(creation, urn=f"{URN}-2")
    journal.begin(creation)
    journal.begin(under_way)
    journal.answered(URN)
    journal.close_in_order()
    assert CreationJournal(tmp_path).find(URN) is None
    assert CreationJournal(tmp_path).find(under_way.urn) == under_way


def test_what_the_engine_names_is_in_its_state_and_forgotten(tmp_path: Path, creation: Creation) -> None:
    journal = CreationJournal(tmp_path)
    journal.begin(creation)
    journal.recorded(URN, "")  # nothing was answered, so the state cannot have it
    journal.made(URN, "uid-1")
    journal.recorded(URN, "uid-0")  # the one of that name that was deleted to be replaced
    assert journal.find(URN)
    journal.recorded(URN, "uid-1")
    assert CreationJournal(tmp_path).find(URN) is None


def test_a_creation_of_weeks_ago_is_forgotten(tmp_path: Path, creation: Creation) -> None:
    journal = CreationJournal(tmp_path)
    journal.begin(replace(creation, began_at=time.time() - 14 * 24 * 3600))
    assert journal.find(URN) is None
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_not_finished_counts_as_nothing_begun(tmp_path: Path, creation: Creation) -> None:
    CreationJournal(tmp_path).begin(creation)
    next(tmp_path.iterdir()).write_text('{"urn": "urn:pul')
    assert CreationJournal(tmp_path).find(URN) is None


def test_a_folder_that_cannot_be_written_keeps_nobody_from_creating(tmp_path: Path, creation: Creation) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = CreationJournal(tmp_path / "file" / "below")
    journal.begin(creation)
    assert journal.find(URN) is None
