"""Whether the emulated cloud of an environment runs, and how clients talk to it: every command asks, so it is cheap.

It deliberately starts and stops nothing, and loads nothing but the standard library.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from toolchain import places
from toolchain.emulator.settings import CloudSettings

if TYPE_CHECKING:
    from collections.abc import Mapping


def directory(environment: str) -> Path:
    """Return the cloud's private directory; it is there from the start of a cloud to its stop."""
    return places.state_directory() / "environments" / environment / "emulator"


def recorded(environment: str) -> CloudSettings | None:
    """Return the settings of the cloud, whether it still runs or not; None when there is none."""
    try:
        return CloudSettings.load(directory(environment) / "settings.json")
    except (OSError, ValueError):
        return None


def process_id(environment: str) -> int | None:
    """Return the id of the cloud's process; a process that only has the same id is none."""
    try:
        number = int((directory(environment) / "pid").read_text())
        command = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return number if str(directory(environment) / "settings.json").encode() in command else None


def running(environment: str) -> CloudSettings | None:
    """Return the settings of a cloud that runs."""
    return recorded(environment) if process_id(environment) is not None else None


def is_lost(environment: str) -> bool:
    """Tell whether there was a cloud that nobody stopped and that does not run: all it had is gone."""
    return recorded(environment) is not None and process_id(environment) is None


def variables(environment: str) -> Mapping[str, str]:
    """Return the variables with which every AWS client on this computer talks to this cloud, and to no other.

    They are those of a lost one, too, so that nothing goes to AWS itself by mistake; none when there is no cloud.
    """
    settings = recorded(environment)
    if settings is None:
        return {}
    return {
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_CA_BUNDLE": str(settings.ca_file),
        # Any are good: ministack checks none unless it is told to.
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
    }
