"""Looks at AWS for the layer `machines`: recorded against actual, strangers, and who did it, all at the same time.

It deliberately gives up before the long look where a short one shows that AWS does not answer.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from operations import stack_lock
from operations.drift.assembly import Found
from operations.drift.cloud import strangers_ec2, strangers_elb, strangers_route53
from operations.drift.cloud.account import Account
from operations.drift.cloud.authors import author, fits
from operations.drift.cloud.comparison import LAYER, OBJECT, compare, is_of_cloud
from operations.drift.cloud.known import Known, Stranger
from operations.drift.cloud.recorded_part import LONG_AGO, CloudResource, recorded_part
from operations.drift.cloud.refresh import refreshed
from operations.drift.cloud.trail import Trail
from operations.drift.finding import Change, Finding, Unchecked
from operations.stack_state import read_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from operations.drift.cloud.recorded_part import RecordedPart
    from operations.drift.finding import DriftReport
    from operations.drift.recorded import RecordedState
    from operations.session import Session

WHAT = "AWS"
STRANGERS = "what nobody recorded in AWS"
AUTHORS = "CloudTrail"
RUNNING = "running"
PARALLEL = 8
OF_OTHERS = frozenset({"dnsName"})
Accounts = dict[str, tuple[Account, Known]]
"""By the URN of the provider."""
CLOCKS = timedelta(seconds=60)
"""How far the clock of this machine may be from AWS's."""


@dataclass(frozen=True)
class Suspect:
    """A finding, and what its author can be found by."""

    finding: Finding
    account: Account
    identifiers: tuple[str, ...]
    modified_at: datetime = LONG_AGO


class Cloud:
    """What is recorded in AWS, and AWS itself.

    Args:
        session: The environment.
        state: What is recorded; there is something of AWS in it.
    """

    def __init__(self, session: Session, state: RecordedState) -> None:
        self._session, self._state = session, state

    @staticmethod
    def of(session: Session, state: RecordedState) -> Cloud | None:
        """Return it; None where nothing is recorded in AWS."""
        return Cloud(session, state) if any(is_of_cloud(item.type) for item in state.resources) else None

    def stopped(self) -> set[str]:
        """Return the names of machines that do not run, by one quick question.

        Raises:
            botocore.exceptions.BotoCoreError: AWS does not answer, or there are no credentials.
            botocore.exceptions.ClientError: It refuses.
        """
        machines = {item.id: item.name for item in self._state.of_type("slipway:aws:Instance")}
        if not machines:
            return set()
        part = recorded_part(self._state.state.exported)
        running: set[str] = set()
        for account, known in self._accounts(part).values():
            if not known.ids("Instance"):
                continue
            wanted = [{"Name": "instance-id", "Values": sorted(known.ids("Instance"))}]
            for page in account.client("ec2").get_paginator("describe_instances").paginate(Filters=wanted):
                found = (machine for group in page["Reservations"] for machine in group["Instances"])
                running |= {machine["InstanceId"] for machine in found if machine["State"]["Name"] == RUNNING}
        return {name for identifier, name in machines.items() if identifier not in running}

    async def read(self, before: DriftReport | None) -> Found:
        """Compare, look for strangers, and ask for authors.

        Args:
            before: The run before: what it did not have was done since then.

        Raises:
            PulumiFailedError: The CLI could not begin.
        """
        if busy := self._busy():
            return busy
        state = await asyncio.to_thread(read_state, self._session)
        part = recorded_part(state.exported if state else "{}")
        accounts = self._accounts(part)
        plan, strange = await asyncio.gather(
            asyncio.to_thread(refreshed, self._session, part), asyncio.to_thread(_strangers, accounts)
        )
        # One that began in between has made things that the state which was read does not know.
        if busy := self._busy():
            return busy
        findings, unchecked = compare(plan, part.resources)
        by_urn = {item.urn: item for item in part.resources}
        suspects = [_suspect(one, by_urn[one.urn], accounts) for one in findings] + strange.suspects
        signed, silent = await asyncio.to_thread(with_authors, suspects, before)
        return Found(signed, [*unchecked, *strange.unchecked, *silent], len(part.resources))

    def _busy(self) -> Found | None:
        by = stack_lock.advice(self._session)
        return Found([], [Unchecked(layer=LAYER, what=WHAT, why=f"an update is under way. {by}")]) if by else None

    def _accounts(self, part: RecordedPart) -> Accounts:
        """Return AWS as each provider sees it, with what it has made."""
        return {
            urn: (
                Account(inputs, self._session.cloud),
                Known(self._session.environment, [item for item in part.resources if item.provider == urn]),
            )
            for urn, inputs in part.providers.items()
        }


@dataclass(frozen=True)
class _Strange:
    suspects: list[Suspect]
    unchecked: list[Unchecked]


def _strangers(accounts: Accounts) -> _Strange:
    """Ask all questions side by side; one that is refused does not hide the answers to the others."""
    found, unchecked = [], []
    questions = [(account, question) for account, known in accounts.values() for question in _questions(account, known)]
    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = [(account, pool.submit(question)) for account, question in questions]
    for account, answer in answers:
        if error := answer.exception():
            unchecked.append(Unchecked(layer=LAYER, what=STRANGERS, why=_reason(error)))
        else:
            found += [_strange(one, account) for one in answer.result()]
    return _Strange(found, list(dict.fromkeys(unchecked)))


def _questions(account: Account, known: Known) -> Iterator[Callable[[], list[Stranger]]]:
    def ask(service: str, look: Callable[[Any], Iterator[Stranger]]) -> list[Stranger]:
        return list(look(account.client(service)))

    yield partial(ask, "ec2", partial(strangers_ec2.machines, known=known))
    if known.ids("Vpc"):
        for listing in strangers_ec2.LISTINGS:
            yield partial(ask, "ec2", partial(strangers_ec2.in_vpc, listing=listing, known=known))
        yield partial(ask, strangers_elb.SERVICE, partial(strangers_elb.load_balancers, known=known))
    if known.ids("NetworkLoadBalancer"):
        yield partial(ask, strangers_elb.SERVICE, partial(strangers_elb.listeners, known=known))
    if known.ids("TargetGroup"):
        yield partial(ask, strangers_elb.SERVICE, partial(strangers_elb.targets, known=known))
    if known.ids("HostedZone"):
        yield partial(ask, strangers_route53.SERVICE, partial(strangers_route53.records, known=known))


def _strange(stranger: Stranger, account: Account) -> Suspect:
    finding = Finding(
        layer=LAYER, kind=stranger.kind, resource=stranger.name, property=OBJECT, change=Change.UNRECORDED,
        now=stranger.what or "present",
    )  # fmt: skip
    return Suspect(finding, account, stranger.identifiers)


def _suspect(finding: Finding, resource: CloudResource, accounts: Accounts) -> Suspect:
    # Of `group|target|port` and `zone_name_type` the trail knows the parts.
    parts = [part for part in resource.id.split("|") if not part.isdigit()]
    if resource.kind == "DnsRecord":
        parts = [str(resource.inputs.get("zoneId")), str(resource.inputs.get("name"))]
    # Outputs that are no inputs are its own: `keyName` of a key pair, but not that of a template.
    own = (key for key in resource.outputs if key not in resource.inputs and key.endswith(("arn", "Name")))
    names = [*parts, *(str(resource.outputs[key]) for key in own if key not in OF_OTHERS and resource.outputs[key])]
    account, _ = accounts[resource.provider]
    return Suspect(finding, account, tuple(dict.fromkeys(names)), resource.modified_at)


def with_authors(suspects: Sequence[Suspect], before: DriftReport | None) -> tuple[list[Finding], list[Unchecked]]:
    """Ask CloudTrail; where it does not answer, that is said once, and the authors are not known."""
    since = [_since(one, before) for one in suspects]
    trails = {id(one.account): Trail(one.account, min(since)) for one in suspects}
    signed: list[Finding] = []
    silent: dict[int, Unchecked] = {}
    for one, begin in zip(suspects, since, strict=True):
        finding, number = one.finding, id(one.account)
        if number not in silent:
            try:
                writes = trails[number].writes_to(finding.kind, one.identifiers, begin, partial(fits, finding))
            except Exception as error:  # noqa: BLE001 - whatever keeps us from the trail must not hide the drift
                why = f"authors are not known: {_reason(error)}"
                silent[number] = Unchecked(layer=LAYER, what=AUTHORS, why=why)
            else:
                finding = finding.model_copy(update={"author": author(finding, writes)})
        signed.append(finding)
    return signed, list(dict.fromkeys(silent.values()))


def _since(suspect: Suspect, before: DriftReport | None) -> datetime:
    """Return when it was as recorded: at the state's last write of it, and at the last look that did not find it."""
    found = [*before.findings, *(entry.finding for entry in before.ignored)] if before else []
    looked_at = before.looked_at.get(LAYER, LONG_AGO) if before else LONG_AGO
    is_new = suspect.finding.key not in {one.key for one in found}
    at = max(suspect.modified_at, looked_at) if is_new else suspect.modified_at
    return at - CLOCKS if at > LONG_AGO else at


def _reason(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
