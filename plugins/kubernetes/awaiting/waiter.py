"""Waits until an object is ready, or says why it is not.

What ready means is told by the rules; this is the loop around them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plugins.kubernetes.api.api_error import ApiError, KindNotServed, Unreachable
from plugins.kubernetes.awaiting.board import Board
from plugins.kubernetes.awaiting.events import WARNINGS, explained
from plugins.kubernetes.awaiting.rules import rule_for
from plugins.kubernetes.awaiting.verdict import DEFAULT_TIMEOUT_SECONDS, Failed, Problem, Ready, Rule, Snapshot, Verdict
from plugins.kubernetes.awaiting.wait_for import rule_from_annotation
from plugins.kubernetes.model.objects import (
    SKIP_AWAIT,
    TIMEOUT_SECONDS,
    KubeObject,
    annotated_true,
    annotation,
    describe,
    name_of,
    namespace_of,
)
from plugins.kubernetes.model.tokens import kind_of

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.rpc.resource import Context

_LOG_LINES: Final = 5
_LOGS_OF_PODS: Final = 3
_LOOK_AGAIN_SECONDS: Final = 5.0


class NotReady(Exception):  # noqa: N818 - it names the state of the object
    """The object exists but is not ready; ``reasons`` say why, ``live`` is how it was last seen."""

    def __init__(self, live: KubeObject, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.live = live
        self.reasons = reasons


def timeout_of(ctx: Context, inputs: KubeObject, default: float = DEFAULT_TIMEOUT_SECONDS) -> float:
    """Return how long to wait: customTimeouts, else the annotation, else what suits the kind."""
    if ctx.timeout_seconds:
        return ctx.timeout_seconds
    text = annotation(inputs, TIMEOUT_SECONDS)
    try:
        return float(text) if text else default
    except ValueError:
        return default


async def wait_until_ready(
    cluster: Cluster, ctx: Context, live: KubeObject, inputs: KubeObject, previous: KubeObject | None = None
) -> KubeObject:
    """Return the object once it is ready.

    Raises:
        NotReady: it failed, the time ran out, or the operation was cancelled.
    """
    rule = _rule(cluster, live, inputs)
    if rule is None or annotated_true(inputs, SKIP_AWAIT) or _ready_as_is(rule, live, previous):
        return live
    deadline = asyncio.get_running_loop().time() + timeout_of(ctx, inputs, rule.timeout_seconds)
    async with Board(cluster, live, rule.related(live)) as board:
        ready = await _Wait(cluster, ctx, board, rule, previous, deadline).until_ready()
    await ctx.status("")
    return ready


async def look_once(cluster: Cluster, live: KubeObject, inputs: KubeObject) -> list[str]:
    """Return why the object is not ready right now, nothing if it is; for a refresh, which does not wait."""
    rule = _rule(cluster, live, inputs)
    if rule is None or not rule.on_refresh or annotated_true(inputs, SKIP_AWAIT):
        return []
    async with Board(cluster, live, rule.related(live)) as board:
        verdict = rule.judge(Snapshot(board.live or live, board.related, live))
        if isinstance(verdict, Ready):
            return []
        return await _reasons(cluster, board, verdict)


def _rule(cluster: Cluster, live: KubeObject, inputs: KubeObject) -> Rule | None:
    return rule_from_annotation(inputs) or rule_for(kind_of(live), await_all=cluster.settings.await_all)


def _ready_as_is(rule: Rule, live: KubeObject, previous: KubeObject | None) -> bool:
    """Say whether the object itself tells that it is ready, so that nothing need be watched."""
    if rule.related(live):
        return False
    verdict = rule.judge(Snapshot(live, {}, previous))
    return isinstance(verdict, Ready) and not verdict.settle_seconds


@dataclass
class _Wait:
    """The loop: look, judge, tell, wait for a change."""

    cluster: Cluster
    ctx: Context
    board: Board
    rule: Rule
    previous: KubeObject | None
    deadline: float
    shown: str = ""

    async def until_ready(self) -> KubeObject:
        last = self.board.subject
        explaining = False
        while True:
            last = self._look(last)
            verdict = self.rule.judge(Snapshot(last, self.board.related, self.previous))
            remaining = self.deadline - asyncio.get_running_loop().time()
            if isinstance(verdict, Ready):
                if await self._settled(verdict, remaining):
                    return last
                continue
            if not explaining:
                explaining = True
                self.board.also(WARNINGS)
            verdict = explained(verdict, last, self.board.related)
            if isinstance(verdict, Failed) or remaining <= 0 or self.cluster.cancelled.is_set():
                raise NotReady(last, await _ending(self.cluster, self.board, verdict, remaining))
            await self._show(_progress(verdict))
            await self.board.changed(min(remaining, _LOOK_AGAIN_SECONDS))

    async def _settled(self, verdict: Ready, remaining: float) -> bool:
        """Say whether the verdict held for as long as it asks to, or until time was up."""
        seconds = min(verdict.settle_seconds, remaining)
        if seconds > 0 and not self.cluster.cancelled.is_set():
            await self._show(f"Waiting {seconds:.0f} s for changes: {verdict.because}")
            if await self.board.changed(seconds):
                return False
        if verdict.doubt:
            await self.ctx.log("warning", verdict.doubt)
        return True

    def _look(self, last: KubeObject) -> KubeObject:
        if self.board.failure is not None:
            raise NotReady(last, [f"{describe(last)} cannot be watched: {self.board.failure}"])
        if self.board.live is None:
            raise NotReady(last, [f"{describe(last)} was deleted by somebody else while it was waited for."])
        return self.board.live

    async def _show(self, text: str) -> None:
        if text != self.shown:
            self.shown = text
            await self.ctx.status(text)


def _progress(verdict: Verdict) -> str:
    if isinstance(verdict, (Ready, Failed)):
        return ""
    return ": ".join([verdict.text, *(problem.text for problem in verdict.problems[:1])])


async def _ending(cluster: Cluster, board: Board, verdict: Verdict, remaining: float) -> list[str]:
    reasons = await _reasons(cluster, board, verdict)
    if cluster.cancelled.is_set():
        return ["Waiting was cancelled.", *reasons]
    if remaining <= 0 and not isinstance(verdict, Failed):
        return [f"{describe(board.live or {})} was not ready in time.", *reasons]
    return reasons


async def _reasons(cluster: Cluster, board: Board, verdict: Verdict) -> list[str]:
    problems: list[Problem] = [] if isinstance(verdict, Ready) else list(verdict.problems)
    texts = [] if isinstance(verdict, (Ready, Failed)) or problems else [verdict.text]
    logged = 0
    for problem in problems:
        text = problem.text
        if problem.pod is not None and problem.container and logged < _LOGS_OF_PODS:
            logged += 1
            text += await _last_lines(cluster, problem.pod, problem.container)
        texts.append(text)
    return texts + board.blind_spots


async def _last_lines(cluster: Cluster, pod: KubeObject, container: str) -> str:
    """Return the end of the log of a container's last run, '' if there is none."""
    model = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace_of(pod)}}
    for previous in ("true", "false"):
        try:
            path = await cluster.path_of(model, name_of(pod))
            params = {"container": container, "previous": previous, "tailLines": str(_LOG_LINES)}
            lines = (await cluster.client.text(f"{path}/log", params)).strip()
        except (ApiError, KindNotServed, Unreachable):
            continue
        if lines:
            return "\n  last log lines:\n" + "\n".join(f"    {line}" for line in lines.splitlines())
    return ""
