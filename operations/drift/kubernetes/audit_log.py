"""Reads the API server's audit log: one program on each control plane, all of them at the same time.

It deliberately judges nothing; who changed what is told by `audit`.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from operations import secure_shell
from operations.drift.kubernetes.audit import NAMESPACES, Target, Write, parse_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROBE = Path(__file__).with_name("audit_probe.py")


async def read_writes(machines: Iterable[Any], private_key: str, targets: Sequence[Target]) -> list[Write]:
    """Read the audit logs of all control planes.

    Raises:
        OSError, asyncssh.Error: A control plane cannot be asked.
    """
    if not targets:
        return []
    # deletecollection names no object
    wanted = {*targets, *((group, plural, namespace, "") for group, plural, namespace, _ in targets)}
    # The log counts a namespace to itself, but for its creation.
    wanted |= {(group, plural, name, name) for group, plural, _, name in targets if plural == NAMESPACES}
    texts = await asyncio.gather(*(_read(machine, private_key, wanted) for machine in machines))
    writes = [parse_write(entry) for text in texts for entry in json.loads(text)]
    return sorted(writes, key=lambda write: write.at)


async def _read(machine: Any, private_key: str, wanted: set[Target]) -> str:  # noqa: ANN401 - see Reachable
    request = json.dumps([list(target) for target in wanted])
    return await secure_shell.run_python(machine, private_key, PROBE.read_text(), request, "slipway-drift")
