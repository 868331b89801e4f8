"""Under which name the run after a kill looks for an object whose name was generated."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from plugins.kubernetes.changing.adopting import remembered_inputs
from plugins.rpc.creation_journal import Creation, CreationJournal

if TYPE_CHECKING:
    from pathlib import Path

URN = "urn:pulumi:s::p::kubernetes:core/v1:ConfigMap::settings"
CREATION = Creation(
    urn=URN,
    server="https://127.0.0.1:6443",
    api_version="v1",
    kind="ConfigMap",
    identifier="team/settings-01234567",
    began_at=time.time(),
)


def test_a_generated_name_is_looked_for_again_by_the_same_kind_only(tmp_path: Path) -> None:
    journal = CreationJournal(tmp_path)
    journal.begin(CREATION)
    assert remembered_inputs(journal, URN, "ConfigMap", replaced="")["metadata"]["name"] == "settings-01234567"
    assert remembered_inputs(journal, URN, "Secret", replaced="") == {}


def test_what_is_being_replaced_does_not_give_its_name_to_its_successor(tmp_path: Path) -> None:
    journal = CreationJournal(tmp_path)
    journal.begin(CREATION)
    assert remembered_inputs(journal, URN, "ConfigMap", replaced=CREATION.identifier) == {}
