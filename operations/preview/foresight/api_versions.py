"""API versions that the next minor of Kubernetes no longer serves: found before an upgrade, not by it.

It deliberately knows the API's own groups only; those of custom resources change with what defines them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from operations.preview.finding import Finding

if TYPE_CHECKING:
    from operations.preview.plan import Plan

DATA = Path(__file__).with_name("removed_apis.yaml")
Minor = tuple[int, int]


class Removal(NamedTuple):
    """One kind of one API version, and when it goes."""

    gone_from: Minor
    replacement: str


def find_removed_apis(plan: Plan, version: str) -> list[Finding]:
    """Return a finding for each object whose API version is gone with the next minor, or already.

    Args:
        plan: The plan.
        version: The version of Kubernetes now, such as 1.36.3.
    """
    now = minor_of(version)
    findings = []
    for each in plan.objects:
        removal = removals().get((each.api_version, each.kind))
        if removal is None or removal.gone_from > (now[0], now[1] + 1):
            continue
        is_gone = removal.gone_from <= now
        gone_from = ".".join(map(str, removal.gone_from))
        findings.append(
            Finding(
                check="api-version",
                severity="error" if is_gone else "warning",
                about=str(each),
                text=f"{each.api_version} {each.kind} is not served from Kubernetes {gone_from} on; "
                f"this is {now[0]}.{now[1]}.",
                advice=f"Use {removal.replacement}." if removal.replacement else "Find out what takes its place.",
            )
        )
    return findings


def minor_of(version: str) -> Minor:
    """Return major and minor of a version such as v1.36.3.

    Raises:
        ValueError: It is none.
    """
    matched = re.match(r"v?(\d+)\.(\d+)", version)
    if matched is None:
        raise ValueError(f"'{version}' is no version of Kubernetes; expected one such as 1.36.3")
    return int(matched[1]), int(matched[2])


@cache
def removals() -> dict[tuple[str, str], Removal]:
    """Return what the data file says, by apiVersion and kind."""
    content: Any = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return {
        (api_version, kind): Removal(minor_of(gone_from), replacement)
        for gone_from, api_version, kind, replacement in content["removed"]
    }
