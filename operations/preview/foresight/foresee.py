"""All checks of foresight on one plan, in the order in which they are told.

It deliberately is a literal list; each check says itself what it needs.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from operations.preview.foresight.api_versions import find_removed_apis
from operations.preview.foresight.certificates import find_expiring
from operations.preview.foresight.drains import find_blocked_drains
from operations.preview.foresight.fit import find_unfit
from operations.preview.foresight.images import find_missing_images
from operations.preview.foresight.survey import Survey
from operations.preview.foresight.taints import find_taints

if TYPE_CHECKING:
    from operations.preview.finding import Finding
    from operations.preview.foresight.live import Live
    from operations.preview.plan import Plan

SEVERITIES = ("error", "warning", "notice")


def foresee(
    plan: Plan, live: Live, *, kubernetes_version: str, now: dt.datetime | None = None
) -> tuple[list[Finding], list[str]]:
    """Return everything that is known before, worst first, and what could not be looked at."""
    if not plan.complete:
        # Half a plan lacks nodes or workloads at random, and every check would be wrong about what is there.
        return [], ["The preview did not come to its end: nothing was looked ahead."]
    survey = Survey(plan, live)
    registry = live.access.registry if live.access else None
    missing_images, no_images = find_missing_images(plan, registry)
    expiring, no_certificates = find_expiring(plan, live.access, now or dt.datetime.now(dt.UTC))
    findings = [
        *find_taints(survey),  # first: what no node may take is not counted by the next one
        *find_unfit(survey),
        *find_blocked_drains(survey),
        *missing_images,
        *find_removed_apis(plan, live.version or kubernetes_version),
        *expiring,
    ]
    findings.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    return findings, [*live.silent, *no_images, *no_certificates]
