"""Tells when an Ingress has an address.

It does not look at the services behind it: those are waited for as resources of their own.
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.verdict import Problem, Ready, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import pluck


def judge(snapshot: Snapshot) -> Verdict:
    """Judge by the address that the controller writes."""
    if pluck(snapshot.live, "status", "loadBalancer", "ingress"):
        return Ready("the ingress has an address")
    return Waiting("Waiting for the ingress to get an address", [Problem("No ingress controller gave it an address.")])
