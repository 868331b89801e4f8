"""The engine's own events of one operation: steps, differences and diagnostics by resource.

It reads the log that ``--event-log`` writes. Source of the format: pulumi/pulumi sdk/go/common/apitype/events.go.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_COLOUR = re.compile(r"<\{%.*?%\}>")
_UNNAMED = ("pulumi:pulumi:Stack",)
_PROVIDER = "pulumi:providers:"


class EngineEvents:
    """What happened."""

    def __init__(self, path: Path, *, refresh: bool) -> None:
        self.text = path.read_text(encoding="utf-8") if path.exists() else ""
        self.steps: dict[str, list[str]] = {}
        """Steps by resource name, in their order; what stays the same has ``same`` or is missing."""
        self.providers: set[str] = set()
        """Which of the names are providers."""
        self.diff: dict[str, dict[str, str]] = {}
        """Property paths and kinds of difference by resource name."""
        self.diagnostics: list[tuple[str, str]] = []
        """Severity and text."""
        # What a refresh found is known afterwards only.
        wanted = "resOutputsEvent" if refresh else "resourcePreEvent"
        for line in self.text.splitlines():
            event = json.loads(line)
            if found := event.get("diagnosticEvent"):
                self.diagnostics.append((found["severity"], _COLOUR.sub("", found["message"]).strip()))
            if found := event.get(wanted):
                self._take(found["metadata"])

    def _take(self, step: dict[str, Any]) -> None:
        if step["type"] in _UNNAMED:
            return
        name = step["urn"].rpartition("::")[2]
        if step["type"].startswith(_PROVIDER):
            if name.startswith("default"):
                return
            self.providers.add(name)
        self.steps.setdefault(name, []).append(step["op"])
        if step.get("detailedDiff") and name not in self.diff:
            self.diff[name] = {path: found["diffKind"] for path, found in step["detailedDiff"].items()}

    def said(self, *severities: str) -> str:
        """Return all diagnostics of some severities."""
        return "\n".join(text for severity, text in self.diagnostics if severity in severities)
