"""Units of systemd that run `slipway drift` of one environment again and again.

It deliberately installs nothing by itself: it writes two files where it is told to, and says how to start them.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from operations.drift.history import write_whole
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from operations.session import Session

SERVICE = """\
[Unit]
Description=Compare '{environment}' with what Pulumi recorded of it
Documentation=file://{root}/docs/drift.md
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User={user}
WorkingDirectory={root}
Environment=SLIPWAY_STATE={state}
# SLIPWAY_DRIFT_WEBHOOK and the like; mode 0600, as the address of a webhook is a secret.
EnvironmentFile=-/etc/slipway/drift-{environment}.env
ExecStart={command} drift {environment}{metrics}
# 7 is drift: the unit has done its work, and the webhook and the metrics tell.
SuccessExitStatus=7
TimeoutStartSec=30min
Nice=10
NoNewPrivileges=yes
ProtectSystem=full
"""
TIMER = """\
[Unit]
Description=Compare '{environment}' with what Pulumi recorded of it, each hour

[Timer]
OnCalendar=hourly
RandomizedDelaySec=10min
Persistent=true

[Install]
WantedBy=timers.target
"""


def unit_texts(session: Session, user: str, metrics: Path | None) -> dict[str, str]:
    """Return the units by their file names."""
    name = f"slipway-drift-{session.environment}"
    values = {
        "environment": session.environment,
        "root": session.project.root,
        "state": session.state,
        "user": user,
        "command": shlex.quote(str(Path(sys.executable).parent / "slipway")),
        "metrics": f" --metrics {shlex.quote(str(metrics.absolute()))}" if metrics else "",
    }
    return {f"{name}.service": SERVICE.format(**values), f"{name}.timer": TIMER.format(**values)}


def write_units(session: Session, directory: Path, user: str, metrics: Path | None) -> str:
    """Write the units and return what to do next.

    Raises:
        OperationFailedError: The directory is not there, or may not be written.
    """
    try:
        for name, text in unit_texts(session, user, metrics).items():
            write_whole(directory / name, text, mode=0o644)
    except OSError as error:
        raise OperationFailedError(
            f"The units cannot be written to {directory}: {error.strerror}. Name a directory that is there and yours "
            "(--timer DIRECTORY), or run this as root for /etc/systemd/system.",
            ExitCode.CONFIGURATION,
        ) from None
    name = f"slipway-drift-{session.environment}.timer"
    return f"Written to {directory}. Start it with: systemctl daemon-reload && systemctl enable --now {name}"
