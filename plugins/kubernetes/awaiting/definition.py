"""Tells when a CustomResourceDefinition is served, so that its objects can be made.

It does not look at the objects.
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.verdict import Failed, Problem, Ready, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import condition_of


def judge(snapshot: Snapshot) -> Verdict:
    """Judge by the Established and NamesAccepted conditions."""
    accepted = condition_of(snapshot.live, "NamesAccepted")
    if accepted.get("status") == "False":
        return Failed([Problem(f"Its names are taken: {accepted.get('message')}")])
    if condition_of(snapshot.live, "Established").get("status") == "True":
        return Ready("the definition is established")
    return Waiting("Waiting for the definition to be established")
