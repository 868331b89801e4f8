"""Takes what killed runs had begun to create into the state, where only a plugin can tell what came of it.

Such a creation becomes a resource with an id that names nothing; a refresh of it has the plugin look into its journal,
and answer with the real id, or that there is nothing. Official plugins know no such id: then the resource leaves the
state again, and the next update creates it.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from operations import pulumi_cli
from operations.failure import OperationFailedError
from operations.stack_state import HOST_RUN, import_state, read_state

if TYPE_CHECKING:
    from collections.abc import Callable

    from operations.session import Session
    from operations.stack_state import Recorded

ID = "slipway:unrecorded"
"""What plugins know such a resource by (plugins/rpc/creation_journal.py)."""
CLOUD = "slipway:aws:"
FOUND_BY_PLUGINS = (HOST_RUN, "slipway:index:HostAccess", CLOUD, "kubernetes:")
"""Beginnings of types. The others make the same thing again, or nothing that outlives the environment."""
NO_OBJECTS = ("kubernetes:helm", "kubernetes:yaml", "kubernetes:kustomize")


def taken_up(exported: str) -> str:
    """Return a state in which pending creations are resources without a known id, as far as plugins can find them.

    One that was to replace another of its name stays out: the state has no place for both.
    """
    content: dict[str, Any] = json.loads(exported)
    deployment = content["deployment"]
    known = {resource["urn"] for resource in deployment["resources"]}
    for operation in deployment.pop("pending_operations", None) or ():
        resource = operation["resource"]
        if operation["type"] == "creating" and resource["urn"] not in known and _is_found(resource["type"]):
            # Last: nothing depends on it yet, and all that it depends on is there.
            deployment["resources"].append({**resource, "id": ID})
            known.add(resource["urn"])
    return json.dumps(content)


def find(session: Session, tell: Callable[[str], None]) -> None:
    """Have plugins look for what was taken up; what they do not find leaves the state.

    Raises:
        OperationFailedError: AWS does not tell; the next run asks again.
    """
    wanted = _without_id(session)
    if not wanted:
        return
    targets = [f"--target={resource.urn}" for resource in wanted]
    # A failure is not the end: what is left without an id tells what it was about.
    pulumi_cli.run(
        session, "refresh", "--yes", "--skip-preview", "--stack", session.environment, *targets, output=sys.stderr
    )
    left = _without_id(session)
    if in_cloud := [resource for resource in left if resource.type.startswith(CLOUD)]:
        raise OperationFailedError(
            f"A killed run had begun to create {_names(in_cloud)}; whether it did cannot be told yet, for the reason\n"
            "above. Nothing else was changed. Mend that, then run this again."
        )
    if left:
        # A cluster that is gone has none of its objects any more.
        tell(f"What came of {_names(left)} cannot be told, for the reason above; taken for not created.")
        _drop(session, {resource.urn for resource in left})


def _is_found(kind: str) -> bool:
    return kind.startswith(FOUND_BY_PLUGINS) and not kind.startswith(NO_OBJECTS) and not kind.endswith("Patch")


def _without_id(session: Session) -> list[Recorded]:
    state = read_state(session)
    return [resource for resource in state.resources if resource.id == ID] if state else []


def _names(resources: list[Recorded]) -> str:
    return ", ".join(resource.urn.rpartition("::")[2] for resource in resources)


def _drop(session: Session, urns: set[str]) -> None:
    state = read_state(session)
    if state is None:
        return
    content: dict[str, Any] = json.loads(state.exported)
    deployment = content["deployment"]
    deployment["resources"] = [item for item in deployment["resources"] if item["urn"] not in urns]
    import_state(session, json.dumps(content))
