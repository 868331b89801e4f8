"""A finding in AWS, what it may be called in CloudTrail, and who did it.

It asks for writes that fit, and decides nothing about drift itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from operations.drift.cloud.authors import author, fits
from operations.drift.cloud.comparison import LAYER, OBJECT
from operations.drift.cloud.recorded_part import LONG_AGO
from operations.drift.cloud.trail import Trail
from operations.drift.finding import Change, Finding, Unchecked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from operations.drift.cloud.account import Account
    from operations.drift.cloud.known import Stranger
    from operations.drift.cloud.recorded_part import CloudResource
    from operations.drift.finding import DriftReport

AUTHORS = "CloudTrail"
OF_OTHERS = frozenset({"dnsName"})
CLOCKS = timedelta(seconds=60)
"""How far the clock of this machine may be from AWS's."""


@dataclass(frozen=True)
class Suspect:
    """A finding, and what its author can be found by."""

    finding: Finding
    account: Account
    identifiers: tuple[str, ...]
    modified_at: datetime = LONG_AGO


def of_difference(finding: Finding, resource: CloudResource, account: Account) -> Suspect:
    """Return a recorded resource's difference with all names by which CloudTrail may know it."""
    # Of `group|target|port` and `zone_name_type` the trail knows the parts.
    parts = [part for part in resource.id.split("|") if not part.isdigit()]
    if resource.kind == "DnsRecord":
        parts = [str(resource.inputs.get("zoneId")), str(resource.inputs.get("name"))]
    # Outputs that are no inputs are its own: `keyName` of a key pair, but not that of a template.
    own = (key for key in resource.outputs if key not in resource.inputs and key.endswith(("arn", "Name")))
    names = [*parts, *(str(resource.outputs[key]) for key in own if key not in OF_OTHERS and resource.outputs[key])]
    return Suspect(finding, account, tuple(dict.fromkeys(names)), resource.modified_at)


def of_stranger(stranger: Stranger, account: Account) -> Suspect:
    """Return what nobody recorded as a finding."""
    finding = Finding(
        layer=LAYER, kind=stranger.kind, resource=stranger.name, property=OBJECT, change=Change.UNRECORDED,
        now=stranger.what or "present",
    )  # fmt: skip
    return Suspect(finding, account, stranger.identifiers)


def with_authors(suspects: Sequence[Suspect], before: DriftReport | None) -> tuple[list[Finding], list[Unchecked]]:
    """Ask CloudTrail; where it does not answer, that is said once, and the authors are not known."""
    since = [_since(one, before) for one in suspects]
    trails = {id(one.account): Trail(one.account, min(since)) for one in suspects}
    signed: list[Finding] = []
    silent: dict[int, Unchecked] = {}
    for one, begin in zip(suspects, since, strict=True):
        finding, number = one.finding, id(one.account)
        if number not in silent:
            try:
                writes = trails[number].writes_to(finding.kind, one.identifiers, begin, partial(fits, finding))
            except Exception as error:  # noqa: BLE001 - whatever keeps us from the trail must not hide the drift
                why = f"authors are not known: {reason(error)}"
                silent[number] = Unchecked(layer=LAYER, what=AUTHORS, why=why)
            else:
                finding = finding.model_copy(update={"author": author(finding, writes)})
        signed.append(finding)
    return signed, list(dict.fromkeys(silent.values()))


def _since(suspect: Suspect, before: DriftReport | None) -> datetime:
    """Return when it was as recorded: at the state's last write of it, and at the last look that did not find it."""
    found = [*before.findings, *(entry.finding for entry in before.ignored)] if before else []
    looked_at = before.looked_at.get(LAYER, LONG_AGO) if before else LONG_AGO
    is_new = suspect.finding.key not in {one.key for one in found}
    at = max(suspect.modified_at, looked_at) if is_new else suspect.modified_at
    return at - CLOCKS if at > LONG_AGO else at


def reason(error: BaseException) -> str:
    """Return what an error says, in one line."""
    return " ".join(str(error).split()) or type(error).__name__
