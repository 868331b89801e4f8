"""What one Ansible run came to.

It is plain data that travels as JSON through a pipe; how it reads for people is in ``failure_text``.
"""

import dataclasses
import json
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass
class TaskFailure:
    """A task that failed on a host."""

    host: str
    task: str
    """``role : task`` or only the task's name."""
    message: str
    stderr: str = ""


@dataclass
class TaskChange:
    """A task that changed something on a host, or would have."""

    host: str
    task: str
    subject: str = ""
    """What the task's diff is about, such as a path."""
    diff: str = ""
    """Unified diff of what changes, without the secrets of the request; for check runs only."""
    module: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    """What the module said it changed, where the request asked for that: diffs, names, states; secrets hidden."""


@dataclass
class RunOutcome:
    """Counts, results, changes and failures of one run."""

    successful: bool = False
    timed_out: bool = False
    stats: dict[str, dict[str, int]] = field(default_factory=dict)
    """``{host: {ok, changed, failures, skipped, unreachable}}``."""
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What each host reported; may hold secrets."""
    run_result: dict[str, Any] = field(default_factory=dict)
    """What the run as a whole reported; may hold secrets."""
    changes: list[TaskChange] = field(default_factory=list)
    failures: list[TaskFailure] = field(default_factory=list)
    unreachable: dict[str, str] = field(default_factory=dict)
    """Why, by host."""
    started: bool = False
    """Whether the playbook started at all; before that no host was touched."""
    output_tail: str = ""
    """The end of Ansible's own output, for what fails before any task."""

    @property
    def changed(self) -> int:
        """Tasks that changed something, over all hosts."""
        return sum(counts.get("changed", 0) for counts in self.stats.values())

    @property
    def ok(self) -> int:
        """Tasks that ended well, over all hosts."""
        return sum(counts.get("ok", 0) for counts in self.stats.values())

    @property
    def broken_off(self) -> set[str]:
        """Hosts that had let us in and were lost in the middle of the playbook."""
        return {host for host, counts in self.stats.items() if counts["unreachable"]}

    def part(self, hosts: AbstractSet[str]) -> Self:
        """Return what it came to on some of its hosts, as if they had been alone."""
        stats = {host: counts for host, counts in self.stats.items() if host in hosts}
        well = not self.timed_out and stats.keys() == hosts
        return dataclasses.replace(
            self,
            successful=self.successful
            or (well and not any(counts["failures"] or counts["unreachable"] for counts in stats.values())),
            stats=stats,
            results={host: reported for host, reported in self.results.items() if host in hosts},
            changes=[change for change in self.changes if change.host in hosts],
            failures=[failure for failure in self.failures if failure.host in hosts],
            unreachable={host: why for host, why in self.unreachable.items() if host in hosts},
            started=self.started and not hosts <= self.unreachable.keys(),
        )

    def to_json(self) -> str:
        """Return the outcome as JSON on one line."""
        return json.dumps(dataclasses.asdict(self), default=str)

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Self:
        """Read an outcome from its parsed JSON."""
        changes = [TaskChange(**item) for item in fields.pop("changes")]
        failures = [TaskFailure(**item) for item in fields.pop("failures")]
        return cls(**fields, changes=changes, failures=failures)
