"""Turns what went wrong with one object into the text that the user reads.

It wraps once: what it gets is the API server's own reason, what it adds is which object and what was tried.
"""

from __future__ import annotations

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable, explain
from plugins.kubernetes.model.objects import KubeObject, describe
from plugins.rpc.errors import ResourceFailed

Trouble = ApiError | KindNotServed | Unreachable


def failed(verb: str, obj: KubeObject, error: Trouble, *, manager: str = "") -> ResourceFailed:
    """Return the failure to raise; ``verb`` as in 'create', ``manager`` is ours where fields are in conflict."""
    reason = explain(error, manager=manager) if isinstance(error, ApiError) else str(error)
    return ResourceFailed(f"Cannot {verb} {describe(obj)}: {reason}")


def failed_unreachable(verb: str, obj: KubeObject, reason: str) -> ResourceFailed:
    """Return the failure for a cluster that cannot be reached at all."""
    return ResourceFailed(f"Cannot {verb} {describe(obj)}: {reason}")
