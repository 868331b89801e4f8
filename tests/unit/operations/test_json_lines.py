"""Histories that are appended to: whole lines only, bounded, and shared by processes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from operations.json_lines import JsonLines

if TYPE_CHECKING:
    from pathlib import Path


def test_a_history_survives_a_torn_line_and_stays_bounded(tmp_path: Path) -> None:
    lines = JsonLines(tmp_path / "history.jsonl", most=10)
    lines.append({"n": 0})
    with lines.path.open("ab") as file:
        file.write(b'{"n": 1, "half')
    lines.append({"n": 2})
    assert lines.read() == [{"n": 0}, {"n": 2}]
    for number in range(3, 40):
        lines.append({"n": number})
    kept = [document["n"] for document in lines.read()]
    assert kept == list(range(kept[0], 40))
    assert 10 <= len(kept) <= 13


def test_histories_of_two_processes_do_not_mix(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys; from operations.json_lines import JsonLines; "
        "[JsonLines(pathlib.Path(sys.argv[1]), 1000).append({'n': n, 'x': 'y' * 500}) for n in range(100)]"
    )
    path = tmp_path / "history.jsonl"
    started = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(3)]
    assert [process.wait() for process in started] == [0, 0, 0]
    assert sorted(document["n"] for document in JsonLines(path, 1000).read()) == sorted([*range(100)] * 3)
