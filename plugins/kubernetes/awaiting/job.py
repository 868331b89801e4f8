"""Tells when a Job is done.

Waiting for a Job means waiting for its end, as in the official plugin.
"""

from __future__ import annotations

from plugins.kubernetes.awaiting.pods import problems_of
from plugins.kubernetes.awaiting.verdict import Failed, Problem, Ready, Snapshot, Verdict, Waiting
from plugins.kubernetes.model.objects import condition_of, pluck


def judge(snapshot: Snapshot) -> Verdict:
    """Judge by the Complete and Failed conditions."""
    live = snapshot.live
    problems = [problem for pod in snapshot.of("Pod") for problem in problems_of(pod)]
    failed = condition_of(live, "Failed")
    if failed.get("status") == "True":
        return Failed([Problem(f"The job failed: {failed.get('reason')}: {failed.get('message')}"), *problems])
    if condition_of(live, "Complete").get("status") == "True":
        return Ready("the job is complete")
    if pluck(live, "spec", "suspend"):
        return Ready("the job is suspended")
    wanted = pluck(live, "spec", "completions") or 1
    done = pluck(live, "status", "succeeded") or 0
    return Waiting(f"Waiting for the job to complete ({done}/{wanted})", problems)
