"""Says what went wrong in an Ansible run, for the person on call.

It decides nothing; the texts in the outcome are redacted already.
"""

from plugins.slipway.ansible.run_outcome import RunOutcome, TaskFailure

SHOWN_FAILURES = 10


def failure_texts(playbook: str, outcome: RunOutcome, timeout_seconds: int) -> list[str]:
    """Return one text for each cause, the most telling first; hosts that failed alike are named together."""
    texts = [_unreachable_text(playbook, host, why) for host, why in sorted(outcome.unreachable.items())]
    texts += _task_texts(playbook, outcome.failures)
    if outcome.timed_out:
        texts.append(
            f"Playbook {playbook}: not done within {timeout_seconds} s, so it was stopped.\n"
            "Raise timeoutSeconds, or look at what the hosts are busy with; the next run finishes the work."
        )
    if not texts:
        texts.append(f"Playbook {playbook}: Ansible ended before any task:\n{outcome.output_tail or 'no output'}")
    return texts


def _unreachable_text(playbook: str, host: str, why: str) -> str:
    return (
        f"Playbook {playbook}: host '{host}' cannot be reached over SSH: {why}\n"
        "Check that the machine runs, and that its address, port, host key and authorized key are right."
    )


def _task_texts(playbook: str, failures: list[TaskFailure]) -> list[str]:
    hosts_of: dict[tuple[str, str, str], list[str]] = {}
    for failure in failures:
        hosts_of.setdefault((failure.task, failure.message, failure.stderr), []).append(failure.host)
    texts = []
    for (task, message, stderr), hosts in list(hosts_of.items())[:SHOWN_FAILURES]:
        where = f"host{'s' if len(hosts) > 1 else ''} {', '.join(repr(host) for host in sorted(set(hosts)))}"
        tail = f"\n{stderr}" if stderr and stderr not in message else ""
        texts.append(f"Playbook {playbook}: {where}: task '{task}' failed: {message}{tail}")
    hidden = len(hosts_of) - SHOWN_FAILURES
    if hidden > 0:
        texts.append(f"Playbook {playbook}: {hidden} more failures.")
    return texts
