"""What nobody recorded in AWS: every question about it at the same time.

What to ask of which service is in the modules ``strangers_*``.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from operations.drift.cloud import strangers_ec2, strangers_elb, strangers_route53
from operations.drift.cloud.comparison import LAYER
from operations.drift.cloud.suspect import Suspect, of_stranger, reason
from operations.drift.finding import Unchecked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from operations.drift.cloud.account import Account
    from operations.drift.cloud.known import Known, Stranger

STRANGERS = "what nobody recorded in AWS"
PARALLEL = 8


@dataclass(frozen=True)
class Strange:
    """What was found, and what could not be looked at."""

    suspects: list[Suspect]
    unchecked: list[Unchecked]


def strangers(accounts: Mapping[str, tuple[Account, Known]]) -> Strange:
    """Ask all questions side by side; one that is refused does not hide the answers to the others."""
    found, unchecked = [], []
    questions = [(account, question) for account, known in accounts.values() for question in _questions(account, known)]
    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = [(account, pool.submit(question)) for account, question in questions]
    for account, answer in answers:
        if error := answer.exception():
            unchecked.append(Unchecked(layer=LAYER, what=STRANGERS, why=reason(error)))
        else:
            found += [of_stranger(one, account) for one in answer.result()]
    return Strange(found, list(dict.fromkeys(unchecked)))


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
