"""What the API server, or the way to it, answered instead of a result.

It explains; it never retries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
_SERVER_ERRORS: Final = 500


class Unreachable(Exception):  # noqa: N818 - it names a state of the cluster
    """No answer from the API server; the text says which server and why."""


class KindNotServed(Exception):  # noqa: N818 - likewise
    """The API server does not serve the kind; the text says what it serves instead."""


@dataclass(frozen=True)
class Cause:
    """One field that the API server objects to."""

    reason: str
    message: str
    field: str


class ApiError(Exception):
    """A ``Status`` that the API server sent with an error code."""

    def __init__(self, code: int, status: dict[str, Any]) -> None:
        self.code = code
        self.reason = str(status.get("reason") or "")
        self.message = str(status.get("message") or f"HTTP status {code}")
        details = status.get("details") or {}
        self.details: dict[str, Any] = details if isinstance(details, dict) else {}
        self.causes = tuple(
            Cause(str(item.get("reason") or ""), str(item.get("message") or ""), str(item.get("field") or ""))
            for item in self.details.get("causes") or []
            if isinstance(item, dict)
        )
        super().__init__(self.message)

    @property
    def not_found(self) -> bool:
        """The object, its namespace or its kind is not there."""
        return self.code == _NOT_FOUND

    @property
    def namespace_not_found(self) -> bool:
        """The namespace in particular is not there."""
        return self.not_found and self.details.get("kind") == "namespaces"

    @property
    def already_exists(self) -> bool:
        """An object of this name is there already."""
        return self.code == _CONFLICT and self.reason == "AlreadyExists"

    @property
    def field_conflict(self) -> bool:
        """Another field manager owns what was to be applied."""
        return self.code == _CONFLICT and any(cause.reason == "FieldManagerConflict" for cause in self.causes)

    @property
    def stale(self) -> bool:
        """The object changed between reading and writing it."""
        return self.code == _CONFLICT and self.reason == "Conflict" and not self.field_conflict

    @property
    def of_the_server(self) -> bool:
        """The API server failed, so the request may have been carried out all the same."""
        return self.code >= _SERVER_ERRORS

    @property
    def forbidden(self) -> bool:
        """The user may not do this."""
        return self.code == _FORBIDDEN

    @property
    def admission_cannot_dry_run(self) -> bool:
        """A webhook refuses dry runs, so that a preview can only echo."""
        return "does not support dry run" in self.message or "dryRun" in self.message


def explain(error: ApiError, *, manager: str = "") -> str:
    """Return the API server's own reason, the fields it names, and what to do next."""
    lines = [error.message]
    if error.field_conflict:
        lines = [f"Other field managers own fields that this resource sets ({manager or 'this resource'} is ours):"]
        lines += [f"  {cause.field}: {cause.message}" for cause in error.causes]
    else:
        lines += [f"  {cause.field}: {cause.message}" for cause in error.causes if cause.message not in error.message]
    if advice := _advice(error):
        lines.append(advice)
    return "\n".join(lines)


def _advice(error: ApiError) -> str:
    if error.field_conflict:
        return (
            'Set the annotation pulumi.com/patchForce: "true" to take the fields over, add them to ignore_changes to '
            "leave them alone, or stop the other manager from setting them."
        )
    if error.already_exists:
        return (
            "The object is in the cluster already. Import it with 'pulumi import', give the resource another name, "
            "use a Patch resource, or set upsertExistingObjects on the provider. After a rename, use an alias."
        )
    if error.namespace_not_found:
        return "Create the namespace first, or make this resource depend on it: use its metadata.name output."
    if error.code == _UNAUTHORIZED:
        return "The API server does not accept these credentials: the kubeconfig may be of another cluster or expired."
    if error.forbidden:
        return "Grant this to the user with a Role or ClusterRole, or use a kubeconfig of a user who may."
    return ""
