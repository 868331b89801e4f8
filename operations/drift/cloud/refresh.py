"""Lets Pulumi look at AWS: a refresh that only previews, of a private copy of what the state records there.

Of a copy, since a refresh of the stack itself takes its lock: it would hold up an `up`, and be refused beside one. So
no drift run can ever write the state.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from operations import pulumi_cli
from operations.preview.engine_events import VARIABLES, read_plan
from operations.project import PROJECT_FILE

if TYPE_CHECKING:
    from operations.drift.cloud.recorded_part import RecordedPart
    from operations.preview.plan import Plan
    from operations.project import Project
    from operations.session import Session


def refreshed(session: Session, recorded: RecordedPart) -> Plan:
    """Return what a refresh would write: `update` for what differs, `delete` for what is gone.

    Raises:
        PulumiFailedError: The CLI could not begin. What it could not read of single resources is in the plan.
    """
    with tempfile.TemporaryDirectory(prefix="drift-cloud-", dir=session.directory) as directory:
        place = Path(directory)
        copy = _copy(session, place)
        pulumi_cli.capture(copy, "stack", "init", session.environment, "--no-select", "--secrets-provider=passphrase")
        stack = ("--stack", session.environment)
        pulumi_cli.capture(copy, "stack", "import", *stack, stdin=json.dumps(recorded.deployment))
        log = place / "events"
        try:
            pulumi_cli.capture(copy, "refresh", *stack, "--preview-only", "--event-log", str(log))
        except pulumi_cli.PulumiFailedError:
            plan = _plan(log)
            # Single resources that cannot be read fail the run at its end; the others were looked at.
            if not plan.resources:
                raise
            return plan
        return _plan(log)


def _plan(log: Path) -> Plan:
    return read_plan(log.read_text(encoding="utf-8").splitlines() if log.exists() else [])


def _copy(session: Session, place: Path) -> Session:
    """Return a session whose project and backend are in a directory of their own, with the passphrase's salt."""
    document = {"name": session.project.name, "runtime": "python", "plugins": {"providers": _plugins(session.project)}}
    (place / PROJECT_FILE).write_text(yaml.safe_dump(document), encoding="utf-8")
    (place / session.stack_file.name).write_text(session.stack_file.read_text(encoding="utf-8"), encoding="utf-8")
    backend = {"PULUMI_BACKEND_URL": f"file://{place}?metadata=skip"}
    return replace(
        session,
        project=replace(session.project, root=place, backend_url=None),
        inherited={**session.inherited, **backend, **VARIABLES},
    )


def _plugins(project: Project) -> list[dict[str, Any]]:
    """Return the project's own plugins, found from anywhere."""
    document = yaml.safe_load((project.root / PROJECT_FILE).read_text(encoding="utf-8"))
    providers = (document.get("plugins") or {}).get("providers") or ()
    return [{**one, "path": str((project.root / one["path"]).resolve())} for one in providers]
