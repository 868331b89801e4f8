"""What a preview says of a check run: the output `checkRun`, which only previews have and no state ever keeps.

It holds what would change on each host, with a diff, for whoever reads the engine's events.
"""

from typing import Any

from plugins.slipway.ansible.failure_text import failure_texts
from plugins.slipway.ansible.run_outcome import RunOutcome


def check_run(playbook: str, outcome: RunOutcome, timeout_seconds: int) -> dict[str, Any]:
    """Return `{complete, reason, hosts: {host: [{task, subject, diff}]}}` of a check run."""
    complete = not outcome.unreachable and not outcome.failures and not outcome.timed_out
    hosts: dict[str, list[dict[str, str]]] = {host: [] for host in outcome.stats}
    for change in outcome.changes:
        entry = {"task": change.task, "subject": change.subject, "diff": change.diff}
        hosts.setdefault(change.host, []).append(entry)
    reason = "" if complete else "\n".join(failure_texts(playbook, outcome, timeout_seconds))
    return {"complete": complete, "reason": reason, "hosts": hosts}


def skipped_check(reason: str) -> dict[str, Any]:
    """Return the same for a check run that did not take place."""
    return {"complete": False, "reason": reason, "hosts": {}}
