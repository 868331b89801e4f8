"""One run of the drift watch: lists what its account may list and compares it with the record.

It deliberately judges nothing that an update has changed since the record was made.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from operations.drift.assembly import Found, assemble
from operations.drift.finding import Change, Unchecked
from operations.drift.kubernetes import audit
from operations.drift.kubernetes.cluster import Cluster, read_cluster
from operations.drift.kubernetes.comparison import LAYER, compare, recorded_objects
from operations.drift.kubernetes.managed_fields import all_owners
from operations.drift.watch.seal import hidden, seals, with_seals

if TYPE_CHECKING:
    import httpx

    from operations.drift.finding import DriftReport, Finding
    from operations.drift.kubernetes.comparison import Suspect
    from operations.drift.watch.record import Record

UPDATES = "pulumi-kubernetes"
"""How the field managers of Pulumi's provider begin."""


async def look(http: httpx.AsyncClient, record: Record, before: DriftReport | None) -> DriftReport:
    """Compare the cluster with a record.

    Args:
        http: A connection to the API server.
        record: What `slipway up` left.
        before: The run before, for what is new.

    Raises:
        httpx.HTTPError: The API server does not answer.
    """
    started, began = time.monotonic(), datetime.now(UTC)
    cluster = await read_cluster(http, {one.outputs["apiVersion"] for one in record.resources})
    return assemble(
        record.environment,
        (LAYER,),
        compared(record, cluster),
        ignore=record.ignore_list(),
        before=before,
        began=began,
        seconds=round(time.monotonic() - started, 2),
    )


def compared(record: Record, cluster: Cluster) -> Found:
    """Compare; pure."""
    recorded = recorded_objects(record.resources)
    # Where the record holds no secret, as is the rule, nothing is hashed.
    known = {one for resource in record.resources for one in (*seals(resource.inputs), *seals(resource.outputs))}
    if known:
        objects = {key: with_seals(live, record.key, known) for key, live in cluster.objects.items()}
        cluster = Cluster(cluster.kinds, objects, cluster.refused)
    found = compare(recorded, cluster, record.machines)
    judged = [one for one in found.suspects if not _is_newer(cluster.objects.get(one.key), record)]
    unchecked = list(found.unchecked)
    if later := len({one.key for one in found.suspects} - {one.key for one in judged}):
        why = f"changed by an update after {record.at:%Y-%m-%d %H:%M:%S} UTC, which is recorded with: slipway up"
        unchecked.append(Unchecked(layer=LAYER, what=f"{later} objects", why=why))
    return Found([hidden(_signed(one)) for one in judged], unchecked, len(cluster.objects))


def _is_newer(live: dict[str, Any] | None, record: Record) -> bool:
    """Say whether an update wrote an object after the record was made."""
    written = [owner.time for owner in all_owners(live or {}) if owner.manager.startswith(UPDATES) and owner.time]
    return any(audit.moment(time) > record.at for time in written)


def _signed(suspect: Suspect) -> Finding:
    """Name the author by the owners of the fields alone: the audit log is on the control planes.

    What is in an object that nobody recorded is not told: which of it is secret is not known in here.
    """
    author = audit.author(suspect.target, suspect.owners, (), others=suspect.others, event=suspect.event)
    unknown = suspect.finding.change is Change.UNRECORDED and suspect.finding.property == "object"
    return suspect.finding.model_copy(update={"author": author, **({"now": "present"} if unknown else {})})
