"""Keeps lists of objects up to date by watches, and wakes up whoever waits for a change.

It lists again whenever a watch ends, so a lost event costs a minute, not the operation.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Self

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.model.objects import KubeObject, Value, metadata_of, name_of, pluck
from plugins.kubernetes.model.tokens import kind_of

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

    from plugins.kubernetes.api.cluster import Cluster
    from plugins.kubernetes.awaiting.verdict import Related

_RESYNC_SECONDS: Final = 60
_RETRY_SECONDS: Final = 1.0


class Board:
    """The object that is waited for, and its related objects. Use it as an async context manager."""

    def __init__(self, cluster: Cluster, live: KubeObject, related: list[Related]) -> None:
        self.live: KubeObject | None = live
        self.related: dict[str, list[KubeObject]] = {}
        self.blind_spots: list[str] = []
        """Kinds that may not be read, so that their problems stay unseen."""
        self.failure: Exception | None = None
        self._cluster = cluster
        self.subject = live
        self._wanted = related
        self._changed = asyncio.Event()
        self._loaded = asyncio.Event()
        self._pending = 1 + len(related)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._start(self._follow_subject())
        for wanted in self._wanted:
            self._start(self._follow_related(wanted))
        await self._loaded.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def also(self, wanted: Related) -> None:
        """Watch more objects, but do without them where they may not be read."""
        self._start(self._follow_related(wanted, optional=True))

    async def changed(self, timeout_seconds: float) -> bool:
        """Wait until something changed or the user cancelled, or for ``timeout_seconds``; say whether something did."""
        waits = [asyncio.create_task(event.wait()) for event in (self._changed, self._cluster.cancelled)]
        try:
            await asyncio.wait(waits, timeout=timeout_seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        changed = self._changed.is_set()
        self._changed.clear()
        return changed

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(self._guarded(work)))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Run one of the watches; if it cannot go on, whoever waits must learn of it."""
        try:
            await work
        except Exception as error:  # noqa: BLE001 - a task that ends unseen would leave its waiter waiting
            self.failure = error
            self._loaded.set()
            self._changed.set()

    def _one_loaded(self) -> None:
        self._pending -= 1
        if self._pending <= 0:
            self._loaded.set()
        self._changed.set()

    async def _follow_subject(self) -> None:
        def take(items: dict[str, KubeObject]) -> None:
            self.live = items.get(name_of(self.subject))

        path = await self._cluster.path_of(self.subject, "")
        await self._follow(path, {"fieldSelector": f"metadata.name={name_of(self.subject)}"}, self.subject, take)

    async def _follow_related(self, wanted: Related, *, optional: bool = False) -> None:
        model = {"apiVersion": wanted.api_version, "kind": wanted.kind}
        place = {**model, "metadata": {"namespace": metadata_of(self.subject).get("namespace", "")}}

        def take(items: dict[str, KubeObject]) -> None:
            self.related[wanted.kind] = list(items.values())

        selectors = {"labelSelector": wanted.label_selector, "fieldSelector": wanted.field_selector}
        try:
            path = await self._cluster.path_of(place, "")
            await self._follow(path, {key: text for key, text in selectors.items() if text}, model, take)
        except (ApiError, KindNotServed) as error:
            if not optional:
                self.blind_spots.append(f"{wanted.kind} objects cannot be read: {error}")
                self._one_loaded()

    async def _follow(self, path: str, selectors: dict[str, str], model: KubeObject, take: Value) -> None:
        first = True
        while True:
            try:
                listed = await self._cluster.client.get(path, selectors)
                # Items of a list carry neither kind nor version.
                items = {name_of(item): {**model_of(model), **item} for item in listed.get("items") or []}
                take(items)
                self._changed.set()
                if first:
                    first = False
                    self._one_loaded()
                version = str(pluck(listed, "metadata", "resourceVersion") or "")
                await self._apply_events(path, {**selectors, "resourceVersion": version}, items, take)
            except Unreachable:
                # The deadline of the operation ends this, not one lost connection.
                if first:
                    first = False
                    self._one_loaded()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _apply_events(self, path: str, params: dict[str, str], items: dict[str, KubeObject], take: Value) -> None:
        async for event in self._cluster.client.watch(path, params, _RESYNC_SECONDS):
            kind, obj = event.get("type"), event.get("object") or {}
            if kind == "ERROR":
                # Usually 410 Gone: the version is too old, so list again.
                return
            if kind == "DELETED":
                items.pop(name_of(obj), None)
            elif kind in ("ADDED", "MODIFIED"):
                items[name_of(obj)] = obj
            take(items)
            self._changed.set()


def model_of(obj: KubeObject) -> KubeObject:
    """Return the type fields of an object."""
    return {"apiVersion": kind_of(obj).api_version, "kind": obj.get("kind")}
