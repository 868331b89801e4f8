"""The pinned host keys of an environment: those of its file, and those that were confirmed at the first contact.

It asks no host: `slipway preflight` does, and leaves what was confirmed in a file for each run of the program.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from stacks.settings import SettingsError, known_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stacks.settings import Settings

KNOWN_HOSTS_FILE = "SLIPWAY_KNOWN_HOSTS_FILE"
"""Variable that names the file, in OpenSSH's format; `slipway env` sets it too."""


def pinned(stack: str, settings: Settings) -> Mapping[str, str]:
    """Return the key of every host, by its name.

    Raises:
        SettingsError: Some have none; all of them are named.
    """
    confirmed = known_keys(Path(os.environ[KNOWN_HOSTS_FILE])) if KNOWN_HOSTS_FILE in os.environ else {}
    keys = {host.name: host.host_key or confirmed.get(host.known_name) for host in settings.hosts}
    if missing := [name for name, key in keys.items() if key is None]:
        advice = f"confirm it with: slipway preflight {stack}"
        problems = [f"host '{name}' has no pinned host key; expected hostKey, or {advice}" for name in missing]
        raise SettingsError(f"environments/Pulumi.{stack}.yaml", problems)
    return {name: key for name, key in keys.items() if key is not None}
