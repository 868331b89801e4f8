"""Looks at AWS for the layer `machines`: recorded against actual, strangers, and who did it, all at the same time.

It deliberately gives up before the long look where a short one shows that AWS does not answer.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from operations import stack_lock
from operations.drift.assembly import Found
from operations.drift.cloud.account import Account
from operations.drift.cloud.comparison import LAYER, compare, is_of_cloud
from operations.drift.cloud.known import Known
from operations.drift.cloud.recorded_part import recorded_part
from operations.drift.cloud.refresh import refreshed
from operations.drift.cloud.strangers import strangers
from operations.drift.cloud.suspect import of_difference, with_authors
from operations.drift.finding import Unchecked
from operations.stack_state import read_state

if TYPE_CHECKING:
    from operations.drift.cloud.recorded_part import RecordedPart
    from operations.drift.finding import DriftReport
    from operations.drift.recorded import RecordedState
    from operations.session import Session

WHAT = "AWS"
RUNNING = "running"
Accounts = dict[str, tuple[Account, Known]]
"""By the URN of the provider."""


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
            asyncio.to_thread(refreshed, self._session, part), asyncio.to_thread(strangers, accounts)
        )
        # One that began in between has made things that the state which was read does not know.
        if busy := self._busy():
            return busy
        findings, unchecked = compare(plan, part.resources)
        by_urn = {item.urn: item for item in part.resources}
        suspects = [of_difference(one, by_urn[one.urn], accounts[by_urn[one.urn].provider][0]) for one in findings]
        signed, silent = await asyncio.to_thread(with_authors, [*suspects, *strange.suspects], before)
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
