"""The Kubernetes layer: recorded objects, nodes, and what nobody recorded, compared with what the cluster holds.

It deliberately asks for authors only when there is something to ask about.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from operations.drift.finding import Finding, Unchecked
from operations.drift.kubernetes import audit, audit_log
from operations.drift.kubernetes.cluster import read_cluster
from operations.drift.kubernetes.comparison import LAYER, Compared, Suspect, compare, recorded_objects

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx

    from operations.drift.finding import DriftReport
    from operations.drift.recorded import RecordedState


async def read(state: RecordedState, http: httpx.AsyncClient) -> Compared:
    """Read the cluster and compare.

    Raises:
        httpx.HTTPError: The API server does not answer.
    """
    recorded = recorded_objects(state.resources)
    cluster = await read_cluster(http, {resource.outputs["apiVersion"] for resource in recorded.values()})
    return compare(recorded, cluster, state.outputs.get("nodes") or ())


async def with_authors(
    compared: Compared, machines: Sequence[Any], private_key: str, before: DriftReport | None = None
) -> tuple[list[Finding], list[Unchecked]]:
    """Ask the audit logs who did it; without an answer the owners of the fields are what is known.

    Args:
        compared: What differs.
        machines: The control planes.
        private_key: To log in with.
        before: The run before: what it did not have was done since then.
    """
    targets = list(dict.fromkeys(suspect.target for suspect in compared.suspects))
    unchecked = list(compared.unchecked)
    try:
        writes = await audit_log.read_writes(machines, private_key, targets)
    except Exception as error:  # noqa: BLE001 - whatever keeps us from the log must not hide the drift
        writes, why = [], " ".join(str(error).split()) or type(error).__name__
        unchecked.append(Unchecked(layer=LAYER, what="audit log", why=f"authors are less certain: {why}"))
    since, known = _looked_at(before)
    recent = [write for write in writes if write.at > since]
    signed = [_signed(one, writes if one.finding.key in known else recent) for one in compared.suspects]
    return signed, unchecked


def _looked_at(before: DriftReport | None) -> tuple[datetime, set[str]]:
    """Return when the cluster was looked at last, and what was found then."""
    if before is None or LAYER not in before.looked_at:
        return datetime.min.replace(tzinfo=UTC), set()
    # Ignored ones, too, were found.
    known = {one.key for one in (*before.findings, *(entry.finding for entry in before.ignored))}
    return before.looked_at[LAYER], known


def _signed(suspect: Suspect, writes: list[audit.Write]) -> Finding:
    author = audit.author(suspect.target, suspect.owners, writes, others=suspect.others, event=suspect.event)
    return suspect.finding.model_copy(update={"author": author})
