"""The stack of the kill test, what it has in cluster and engine, and what its state says of that.

It compares and counts; when what is killed is the test's business.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tests.plugins.trust import twenty
from tests.plugins.trust.trust_engine import fits

if TYPE_CHECKING:
    from operations.session import Session
    from tests.plugins.kubernetes.control_plane import ControlPlane
    from tests.plugins.kubernetes.stack import Stack
    from tests.plugins.trust.trust_engine import TrustEngine

_IN_ENGINE: Final = tuple(f"docker:index/{kind}:" for kind in ("container", "network", "volume"))
_FOUND_AGAIN: Final = {
    "objects taken over": re.compile(r"was created by a run that was killed"),
    "containers taken over": re.compile(r"Taking over container"),
    "half-made objects removed": re.compile(r"removed the half-made"),
}
_DONE: Final = re.compile(r"^\s+\S+ \d+ (?:created|updated|replaced|deleted)", re.MULTILINE)


@dataclass
class KilledWorld:
    """Everything that a kill could leave in disorder, and what kills have left so far."""

    stack: Stack
    plane: ControlPlane
    engine: TrustEngine
    namespace: str
    session: Session
    name: str
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str, number: int = 1) -> None:
        """Add to what is told at the end."""
        self.counts[what] = self.counts.get(what, 0) + number

    def counted(self) -> str:
        """Return all counts for the log."""
        return ", ".join(f"{number} {what}" for what, number in sorted(self.counts.items()))

    def live(self) -> dict[str, dict[str, Any]]:
        """Return everything that is there, by the id or uid of which the server made sure that there is but one."""
        found = {}
        for plural, kind in (("configmaps", "ConfigMap"), ("secrets", "Secret")):
            path = f"/api/v1/namespaces/{self.namespace}/{plural}?labelSelector={twenty.LABEL}={self.name}"
            for item in self.plane.request("GET", path)["items"]:
                found[item["metadata"]["uid"]] = {"kind": kind, **item}
        return {**found, **self.engine.live()}

    def recorded(self, *, to_be_deleted: bool = False) -> dict[str, str]:
        """Return what is in the state: id or uid -> name in the program."""
        found = {}
        for item in self.stack.checkpoint()["checkpoint"]["latest"].get("resources") or []:
            if (item.get("delete") and not to_be_deleted) or not item["type"].startswith(("kubernetes:", *_IN_ENGINE)):
                continue
            uid = item["outputs"]["metadata"]["uid"] if item["type"].startswith("kubernetes:") else item["id"]
            found[uid] = item["urn"].rpartition("::")[2]
        return found

    def pending_operations(self) -> list[dict[str, Any]]:
        """Return what the state says was under way."""
        return self.stack.checkpoint()["checkpoint"]["latest"].get("pending_operations") or []

    def take_stock(self) -> str:
        """Count and tell what a kill has left."""
        unrecorded = len(self.live().keys() - self.recorded(to_be_deleted=True).keys())
        pending = len(self.pending_operations())
        self.count("objects that the state did not know", unrecorded)
        self.count("operations under way", pending)
        return f"{pending} under way, {unrecorded} not in the state"

    def read_run(self, said: str) -> bool:
        """Count what a run after a kill found again; return whether it had anything to do."""
        for what, pattern in _FOUND_AGAIN.items():
            self.count(what, len(pattern.findall(said)))
        return bool(_DONE.search(said))

    def agree(self, revision: int, where: str) -> None:
        """Assert that cluster, engine, state and program say the same."""
        live, recorded = self.live(), self.recorded()
        doubled, lost = live.keys() - recorded.keys(), recorded.keys() - live.keys()
        assert not doubled, f"{where}: not in the state: {[_name(live[uid]) for uid in doubled]}"
        assert not lost, f"{where}: in the state only: {[recorded[uid] for uid in lost]}"
        named = {name: live[uid] for uid, name in recorded.items()}
        for wanted in twenty.in_cluster(revision):
            found = named.pop(wanted.name)
            assert found["data"] == _stored(wanted), where
            assert found["metadata"]["labels"] == {twenty.LABEL: self.name, **wanted.labels}, where
            assert not wanted.spelling or found["metadata"]["name"] == wanted.spelling, where
        for item in twenty.in_engine(revision, stack=self.name):
            found = named.pop(item.name)
            assert fits(item, found), f"{where}: {item} is {found}"
        assert not named, f"{where}: left over: {list(named)}"
        assert self.engine.image_labels()["revision"] == str(revision), where


def _name(found: dict[str, Any]) -> str:
    return str(found["metadata"]["name"] if "metadata" in found else found["Name"])


def _stored(wanted: twenty.Wanted) -> dict[str, str]:
    if wanted.kind == "ConfigMap":
        return wanted.data
    return {key: base64.b64encode(value.encode()).decode() for key, value in wanted.data.items()}
