"""Gathers what ansible-runner's events say into an outcome and into a line of progress.

It does not run Ansible, and it keeps no output of tasks but the reason of a failure.
"""

from collections.abc import Callable
from typing import Any

from plugins.slipway.ansible.redaction import Redaction
from plugins.slipway.ansible.run_outcome import RunOutcome, TaskChange, TaskFailure
from plugins.slipway.ansible.task_diff import diff_text

COUNTS = ("ok", "changed", "failures", "skipped", "ignored", "rescued")
STDERR_TAIL = 1500
MESSAGE_LENGTH = 2000
OUTPUT_LINES = 30
UNIT_STATES = ("LoadState", "UnitFileState", "ActiveState")
"""Of what systemd says of a unit, in `systemctl show`."""


class RunEvents:
    """The events of one run."""

    def __init__(
        self,
        outcome: RunOutcome,
        redaction: Redaction,
        on_progress: Callable[[str, str], None],
        *,
        details: bool = False,
    ) -> None:
        self._details = details
        self._outcome = outcome
        self._redaction = redaction
        self._on_progress = on_progress
        self._output: list[str] = []
        self._handlers: dict[str, Callable[[dict[str, Any]], None]] = {
            "runner_on_start": self._on_start,
            "runner_on_ok": self._on_ok,
            "runner_on_failed": self._on_failed,
            "runner_item_on_failed": self._on_failed,
            "runner_on_unreachable": self._on_unreachable,
            "playbook_on_stats": self._on_stats,
        }

    def __call__(self, event: dict[str, Any]) -> bool:
        """Take one event; False tells ansible-runner to write no file for it."""
        if event.get("stdout"):
            self._output = [*self._output, *event["stdout"].splitlines()][-OUTPUT_LINES:]
        handler = self._handlers.get(event["event"])
        if handler is not None:
            handler(event.get("event_data") or {})
        return False

    def finish(self) -> None:
        """Drop failures that the playbook rescued, and keep the end of the output when nothing else explains it."""
        outcome = self._outcome
        failed = {host for host, counts in outcome.stats.items() if counts.get("failures")}
        outcome.failures = [] if outcome.successful else [item for item in outcome.failures if item.host in failed]
        outcome.output_tail = self._redaction("\n".join(self._output))

    def _redacted(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, str):
            return self._redaction(value)
        if isinstance(value, dict):
            return {key: self._redacted(item) for key, item in value.items()}
        return [self._redacted(item) for item in value] if isinstance(value, list) else value

    def _on_start(self, data: dict[str, Any]) -> None:
        self._outcome.started = True
        host = str(data.get("host"))
        self._on_progress(host, self._redaction(f"{host}: {_task(data)}"))

    def _on_ok(self, data: dict[str, Any]) -> None:
        result = data.get("res") or {}
        if result.get("changed"):
            module = str(data.get("resolved_action") or data.get("task_action") or "")
            details = self._redacted(_details(result)) if self._details else {}
            subject, diff = self._redaction(_subject(result)), diff_text(result, self._redaction)
            task = self._redaction(_task(data))
            self._outcome.changes.append(TaskChange(data["host"], task, subject, diff, module, details))

    def _on_failed(self, data: dict[str, Any]) -> None:
        if data.get("ignore_errors"):
            return
        result = data.get("res") or {}
        failure = TaskFailure(
            host=data["host"],
            task=self._redaction(_task(data)),
            message=self._redaction(_message(result))[:MESSAGE_LENGTH],
            stderr=self._redaction(str(result.get("stderr") or result.get("module_stderr") or ""))[
                -STDERR_TAIL:
            ].strip(),
        )
        # A loop ends with a failure that only says that items failed: the items' own failures are better.
        if result.get("results") and any(known.host == failure.host for known in self._outcome.failures):
            return
        self._outcome.failures.append(failure)

    def _on_unreachable(self, data: dict[str, Any]) -> None:
        message = str((data.get("res") or {}).get("msg", "")).strip()
        self._outcome.unreachable[data["host"]] = self._redaction(message)[:MESSAGE_LENGTH]

    def _on_stats(self, data: dict[str, Any]) -> None:
        for host in data.get("processed") or {}:
            counts = {name: int((data.get(name) or {}).get(host, 0)) for name in COUNTS}
            counts["unreachable"] = int((data.get("dark") or {}).get(host, 0))
            self._outcome.stats[host] = counts


def _details(result: dict[str, Any]) -> dict[str, Any]:
    """Return what tells what changed; a task with ``no_log`` has none of it."""
    arguments = (result.get("invocation") or {}).get("module_args") or {}
    told = {key: result[key] for key in ("diff", "stale", "stdout", "settings") if result.get(key)}
    status = result.get("status")
    if isinstance(status, dict):
        told["status"] = {key: status.get(key, "") for key in UNIT_STATES}
    asked = {key: arguments[key] for key in ("name", "state", "enabled") if arguments.get(key) is not None}
    return {**told, "asked": asked}


def _task(data: dict[str, Any]) -> str:
    role, task = data.get("role"), str(data.get("task") or "unnamed task")
    return f"{role} : {task}" if role and not task.startswith(f"{role} :") else task


def _subject(result: dict[str, Any]) -> str:
    """Return what a diff is about, and how many lines differ."""
    diffs = result.get("diff") or result.get("path") or result.get("dest") or ""
    if isinstance(diffs, str):
        return diffs
    first = next((item for item in (diffs if isinstance(diffs, list) else [diffs]) if isinstance(item, dict)), {})
    return str(first.get("after_header") or first.get("before_header") or result.get("dest") or "")


def _message(result: dict[str, Any]) -> str:
    if "censored" in result:
        return "the playbook hides the reason (no_log); take no_log off the task to see it, on a test host"
    message = str(result.get("msg") or "no message")
    if result.get("rc") not in (None, 0):
        message = f"{message} (exit code {result['rc']})"
    return message
