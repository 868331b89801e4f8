"""Tells whether an object of any kind is ready, by the conventions that most controllers keep.

It is asked only with PULUMI_K8S_AWAIT_ALL=true, for kinds without a rule of their own.
Source: kubernetes-sigs/cli-utils pkg/kstatus/status (README.md, "How it works").
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.verdict import Failed, Problem, Ready, Rule, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import condition_of, metadata_of, pluck


def judge(snapshot: Snapshot) -> Verdict:
    """Judge by generation and the conditions Reconciling, Stalled and Ready; no conditions mean ready."""
    live = snapshot.live
    observed = pluck(live, "status", "observedGeneration")
    if isinstance(observed, int) and observed < (metadata_of(live).get("generation") or 0):
        return Waiting("Waiting for its controller to see the change")
    stalled = condition_of(live, "Stalled")
    if stalled.get("status") == "True":
        return Failed([Problem(f"It is stalled: {stalled.get('reason')}: {stalled.get('message')}")])
    reconciling = condition_of(live, "Reconciling")
    if reconciling.get("status") == "True":
        return Waiting(f"Waiting for its controller: {reconciling.get('message') or 'reconciling'}")
    ready = condition_of(live, "Ready")
    if ready and ready.get("status") != "True":
        reason = f"{ready.get('reason') or ready.get('status')}: {ready.get('message') or 'no message'}"
        return Waiting("Waiting for the condition Ready", [Problem(reason)])
    return Ready("its conditions say so" if ready else "it has no conditions to wait for")


RULE = Rule(judge, on_refresh=False)
