"""Taints without a toleration: pods that no node would take, and pools that no pod would use.

It deliberately looks at declared workloads only; a pool may well be meant for pods of others, so that is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.preview.finding import Finding
from operations.preview.foresight.workload import KEEPS_OUT, Workload, tolerates_everything, untolerated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.preview.foresight.nodes import Node
    from operations.preview.foresight.survey import Survey


def find_taints(survey: Survey) -> list[Finding]:
    """Return a finding for each workload without a node, and for each pool without a workload."""
    if not survey.staying:
        return []
    workloads = [each for each in survey.workloads.values() if not each.is_daemon and each.replicas]
    homeless = [finding for each in workloads if (finding := _homeless(survey, each))]
    return [*homeless, *_unused_pools(survey, workloads)]


def _homeless(survey: Survey, workload: Workload) -> Finding | None:
    candidates = survey.candidates(workload)
    if not candidates:
        return Finding(
            check="taint",
            severity="error",
            about=str(workload),
            text=f"No node has what its pods ask for: {_wanted(workload)}.",
            advice="Correct the node selector, or give a pool these labels.",
        )
    barred = {str(taint) for node in candidates for taint in untolerated(workload, node)}
    if survey.eligible(workload):
        return None
    return Finding(
        check="taint",
        severity="error",
        about=str(workload),
        text=f"Its pods do not tolerate {', '.join(sorted(barred))}, and no node that they may go to is without such a "
        f"taint: {', '.join(node.name for node in candidates)}.",
        advice="Add a toleration to the pods, or take the taint from the pool.",
    )


def _unused_pools(survey: Survey, workloads: list[Workload]) -> Iterator[Finding]:
    pools: dict[str, list[Node]] = {}
    for node in survey.staying:
        if not node.is_control_plane and any(taint.effect in KEEPS_OUT for taint in node.taints):
            pools.setdefault(node.pool, []).append(node)
    meant = [workload for workload in workloads if not tolerates_everything(workload)]
    for pool, nodes in sorted(pools.items()):
        if not any(node in survey.eligible(workload) for node in nodes for workload in meant):
            taints = sorted({str(taint) for node in nodes for taint in node.taints})
            yield Finding(
                check="taint",
                severity="warning",
                about=f"pool {pool}",
                text=f"No workload tolerates {', '.join(taints)}: its {len(nodes)} machine(s) would stand empty.",
                advice="Add a toleration to the workload that it is meant for, or take the taint away.",
            )


def _wanted(workload: Workload) -> str:
    selector = workload.pod.get("nodeSelector")
    parts = [f"{key}={value}" for key, value in sorted(dict(selector or {}).items())]
    if workload.claims:
        parts.append(f"a volume of class {', '.join(workload.claims)}")
    return ", ".join(parts) or "its node affinity"
