"""What a check run says of the difference that a task would make."""

from __future__ import annotations

from typing import Any

import pytest

from plugins.slipway.ansible.redaction import Redaction
from plugins.slipway.ansible.task_diff import SHOWN_LINES, diff_text

REDACT = Redaction(["canary-of-the-password", "first line\nsecond canary line"])
FILE = {"before_header": "/etc/x", "after_header": "/etc/x", "before": "a\nb\n", "after": "a\nc\n"}


def text(**result: object) -> str:
    return diff_text(result, REDACT)


def test_a_file_reads_as_a_unified_diff() -> None:
    assert text(diff=FILE).splitlines() == ["--- /etc/x", "+++ /etc/x", "@@ -1,2 +1,2 @@", " a", "-b", "+c"]


def test_several_files_and_the_items_of_a_loop_follow_each_other() -> None:
    assert text(diff=[FILE, FILE]).count("--- /etc/x") == 2
    assert text(results=[{"diff": FILE}, {"diff": [FILE]}, "no result"]).count("--- /etc/x") == 2


def test_a_module_may_bring_its_own_diff_or_a_mapping() -> None:
    assert text(diff={"prepared": "+ installed canary-of-the-password\n"}) == "+ installed [secret]"
    state = {"before": {"state": "absent", "mode": "0644"}, "after": {"state": "file", "mode": "0644"}}
    assert text(diff=state).splitlines()[-2:] == ["-state: absent", "+state: file"]


@pytest.mark.parametrize(
    "result", [{}, {"diff": None}, {"diff": []}, {"diff": [None, "x"]}, {"diff": {"before": "a", "after": "a"}}]
)
def test_where_nothing_differs_there_is_no_text(result: dict[str, Any]) -> None:
    assert diff_text(result, REDACT) == ""


def test_a_hidden_content_still_says_that_the_file_is_new() -> None:
    hidden = {
        "before": "(secret)\n",
        "after": "(secret)\n",
        "before_header": "/etc/k (absent)",
        "after_header": "/etc/k (0600)",
    }
    assert text(diff=hidden) == "--- /etc/k (absent)\n+++ /etc/k (0600)"


def test_secrets_are_hidden_before_lines_are_compared() -> None:
    shown = text(
        diff={
            "before": "user: a\nfirst line\n",
            "after": "user: a\nfirst line\nsecond canary line\nx: canary-of-the-password\n",
        }
    )
    assert "canary" not in shown
    assert "+x: [secret]" in shown


def test_a_long_diff_is_cut_and_says_so() -> None:
    shown = text(diff={"before": "", "after": "\n".join(map(str, range(500)))}).splitlines()
    assert len(shown) == SHOWN_LINES + 1
    assert shown[-1] == "... and 443 more lines"
