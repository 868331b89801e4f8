"""The resource type ``slipway:index:AnsibleRun``.

It decides when a playbook runs and what the state keeps of it; the run itself is in ``plugins.slipway.ansible``.
"""

import datetime as dt
import secrets
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from plugins.rpc.creation_journal import UNRECORDED
from plugins.rpc.diff import mark_replacements, structural_diff, top_key
from plugins.rpc.errors import InitializationFailed, ResourceFailed
from plugins.rpc.resource import (
    CheckResult,
    Context,
    Created,
    DiffResult,
    Properties,
    ReadResult,
    Resource,
)
from plugins.rpc.values import UNKNOWN, Secret, contains_unknown, reveal
from plugins.slipway.ansible.check_run import check_run, skipped_check
from plugins.slipway.ansible.failure_text import failure_texts
from plugins.slipway.ansible.run_outcome import RunOutcome
from plugins.slipway.ansible.run_request import RunRequest
from plugins.slipway.ansible_inputs import checked, input_failures, run_request
from plugins.slipway.ansible_launcher import AnsibleLauncher
from plugins.slipway.children import Children
from plugins.slipway.latest_status import LatestStatus
from plugins.slipway.shared_runs import SharedRuns

# These only say how to run; a change of one is no reason to run again.
NO_REASON_TO_RUN = frozenset(
    {
        "playbookDirectory",
        "deletePlaybook",
        "forgetPlaybook",
        "forks",
        "timeoutSeconds",
        "detectDrift",
        "perHost",
        "volatileSecretVariables",
    }
)
PREVIEW_SSH_SECONDS = 3.0
DELETE_SILENCE_SECONDS = 5.0
SHOWN_CHANGES = 30


class AnsibleRunResource(Resource):
    """A playbook that has run against hosts.

    A run that fails half way is kept in the state as not initialised: the engine then calls ``update`` in the next
    ``up``, which finishes the work, and ``destroy`` can undo what was done. Before a host was touched nothing is kept.
    """

    def __init__(self, children: Children) -> None:
        self._launcher = AnsibleLauncher(children)
        self._shared = SharedRuns(self._launcher)

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Fill in defaults, keep secrets secret, and refuse machines that cannot be reached as described."""
        del ctx, olds
        inputs = checked(news)
        return CheckResult(inputs, input_failures(inputs))

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Run again when the playbook, the hosts, the variables or a trigger changed.

        A changed trigger means another machine under the same name. Where there is a playbook for leaving, the run is
        replaced, so that the old machine has left before it goes: the engine asks with the trigger unknown before it
        deletes a machine, and deletes first what would be replaced.
        """
        del ctx, id, old_state
        before, after = ({k: v for k, v in each.items() if k not in NO_REASON_TO_RUN} for each in (old_inputs, news))
        detailed = structural_diff(before, after)
        triggered = [path for path in detailed if top_key(path) == "triggers"] if news.get("deletePlaybook") else []
        replaces = mark_replacements(detailed, triggered)
        return DiffResult(bool(detailed), ["triggers"] if replaces else [], bool(replaces), detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Run the playbook."""
        if ctx.preview:
            return Created("", _unknown())
        name = _new_id(inputs)
        return Created(name, await self._run(ctx, name, inputs, {}))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Run it again; in a preview do a check run, when the hosts can be reached."""
        if not ctx.preview:
            return await self._run(ctx, id, news, old_state)
        if contains_unknown(news):
            return {**_unknown(), "checkRun": skipped_check("what the run needs is not known before the update")}
        return {**_unknown(), "checkRun": await self._preview(ctx, old_inputs, news)}

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Do a check run when ``detectDrift`` asks for it; on drift forget the digest, so that the next run repairs."""
        if not inputs:
            raise ResourceFailed(f"AnsibleRun {id}: a run cannot be imported; declare it, and it runs.")
        if id == UNRECORDED:  # how far it came, nobody knows
            return ReadResult(_new_id(inputs), {**inputs, "digest": ""}, state)
        if not inputs.get("detectDrift"):
            return ReadResult(id, inputs, state)
        outcome = await self._play(ctx, inputs, run_request(inputs, check=True, ssh_seconds=PREVIEW_SSH_SECONDS))
        if outcome.unreachable:
            reasons = failure_texts(inputs["playbook"], outcome, inputs["timeoutSeconds"])
            await ctx.log("warning", "Drift is unknown. " + reasons[0])
        elif outcome.changed or outcome.failures:
            await ctx.log("warning", f"The hosts drifted; the next run repairs them.\n{_changes_text(outcome)}")
            return ReadResult(id, {**inputs, "digest": ""}, state)
        return ReadResult(id, inputs, state)

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Run ``deletePlaybook`` on the hosts that can be reached, and ``forgetPlaybook`` on behalf of the others."""
        del id, state
        playbook = inputs.get("deletePlaybook")
        if not playbook:
            return
        request = run_request(
            {**inputs, "playbook": playbook}, silence_seconds=DELETE_SILENCE_SECONDS, tolerate_unreachable=True
        )
        outcome = await self._undone(ctx, request)
        for host, why in sorted(outcome.unreachable.items()):
            await ctx.log("warning", f"Host '{host}' cannot be reached, so {playbook} did not run there: {why}")
        _refuse_failures(playbook, outcome, request)
        forget = inputs.get("forgetPlaybook")
        if forget and outcome.unreachable:
            gone = [host for host in reveal(inputs["hosts"]) if host["name"] in outcome.unreachable]
            request = run_request({**inputs, "playbook": forget, "hosts": gone}, without_hosts=True)
            _refuse_failures(forget, await self._play(ctx, {}, request), request)

    async def _undone(self, ctx: Context, request: RunRequest) -> RunOutcome:
        """Run it, and once more on hosts that were lost in the middle: one that only was slow would never be undone."""
        first = await self._play(ctx, {}, request)
        lost = first.broken_off
        if not lost:
            return first
        machines = [machine for machine in request.machines if machine["name"] in lost]
        second = await self._play(ctx, {}, replace(request, machines=machines))
        silent = {host: why for host, why in first.unreachable.items() if host not in lost}
        return replace(
            second,
            timed_out=first.timed_out or second.timed_out,
            failures=[*first.failures, *second.failures],
            unreachable={**silent, **second.unreachable},
        )

    async def _run(self, ctx: Context, id: str, inputs: Properties, old_state: Properties) -> Properties:  # noqa: A002
        outcome = await self._play(ctx, inputs, run_request(inputs, limit_seconds=ctx.timeout_seconds))
        if outcome.successful and not outcome.unreachable:
            return _outputs(outcome)
        reasons = failure_texts(inputs["playbook"], outcome, inputs["timeoutSeconds"])
        if not outcome.started:
            raise ResourceFailed("\n".join(reasons))
        outputs = {**_outputs(outcome), "results": old_state.get("results", Secret({}))}
        raise InitializationFailed(id=id, outputs=outputs, inputs=inputs, reasons=reasons)

    async def _play(self, ctx: Context, inputs: Properties, request: RunRequest) -> RunOutcome:
        if inputs.get("perHost"):
            return await self._shared.run(ctx, request)
        progress = LatestStatus(ctx)
        try:
            return await self._launcher.run(request, lambda _host, text: progress.show(text))
        finally:
            progress.close()

    async def _preview(self, ctx: Context, former: Properties, inputs: Properties) -> Properties:
        """Show what a run would change; a host that does not answer is no failure of a preview."""
        request = run_request(inputs, check=True, ssh_seconds=PREVIEW_SSH_SECONDS, former=former)
        outcome = await self._play(ctx, inputs, request)
        if outcome.unreachable:
            names = ", ".join(sorted(outcome.unreachable))
            await ctx.log("info", f"Playbook {inputs['playbook']}: no check run, since {names} cannot be reached.")
        elif outcome.failures:
            texts = failure_texts(inputs["playbook"], outcome, inputs["timeoutSeconds"])
            await ctx.log("info", "The check run ended early: " + "\n".join(texts))
        else:
            await ctx.log("info", f"Playbook {inputs['playbook']} would change:\n{_changes_text(outcome)}")
        return check_run(inputs["playbook"], outcome, inputs["timeoutSeconds"])


def _new_id(inputs: Properties) -> str:
    return f"{PurePath(inputs['playbook']).stem}-{secrets.token_hex(4)}"


def _refuse_failures(playbook: str, outcome: RunOutcome, request: RunRequest) -> None:
    if outcome.failures or outcome.timed_out:
        texts = failure_texts(playbook, outcome, request.timeout_seconds)
        raise ResourceFailed("\n".join(text for text in texts if "over SSH" not in text))


def _unknown() -> Properties:
    names = ("changed", "ok", "stats", "lastRunAt")
    return {**dict.fromkeys(names, UNKNOWN), "results": Secret(UNKNOWN), "runResult": Secret(UNKNOWN)}


def _outputs(outcome: RunOutcome) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    return {
        "changed": outcome.changed,
        "ok": outcome.ok,
        "stats": outcome.stats,
        "results": Secret(outcome.results),
        "runResult": Secret(outcome.run_result),
        "lastRunAt": now.replace("+00:00", "Z"),
    }


def _changes_text(outcome: RunOutcome) -> str:
    lines = [
        f"  {change.host}: {change.task}{f' ({change.subject})' if change.subject else ''}"
        for change in outcome.changes
    ]
    hidden = len(lines) - SHOWN_CHANGES
    return "\n".join([*lines[:SHOWN_CHANGES], *([f"  and {hidden} more"] if hidden > 0 else [])]) or "  nothing"
