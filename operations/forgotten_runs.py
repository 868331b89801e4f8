"""Makes recorded Ansible runs run again: their digest is forgotten in the state, as a refresh with `detectDrift` does.

It deliberately changes nothing else in the state, and goes through `pulumi stack import`: secrets stay encrypted.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from operations.stack_state import HOST_RUN, import_state, read_state

if TYPE_CHECKING:
    from collections.abc import Collection

    from operations.session import Session


def without_digests(exported: str, urns: Collection[str]) -> str:
    """Return a state in which these runs have none; the next update then runs them."""
    content: dict[str, Any] = json.loads(exported)
    for resource in content["deployment"]["resources"]:
        if resource["urn"] in urns and resource["type"] == HOST_RUN:
            resource["inputs"]["digest"] = ""
    return json.dumps(content)


def forget_runs(session: Session, urns: Collection[str]) -> None:
    """Make the next update of these runs do their work.

    Raises:
        PulumiFailedError: The CLI refused.
    """
    state = read_state(session)
    if state is None or not urns:
        return
    import_state(session, without_digests(state.exported, urns))
