"""The address that load balancers share must be of their network and nobody else's; what is ours already is fine."""

from __future__ import annotations

import pytest

from operations.preflight.finding import Status
from operations.preflight.judgement import judge
from operations.preflight.observation import Observation

from .test_preflight import GOOD, target

NETWORK = ["10.0.0.1/24"]
SHARED = "10.0.0.9"


def _verdicts(address: str, *answers: dict[str, list[str]]) -> list[tuple[Status, str]]:
    asked = [
        (
            target(f"front-{index}", "load-balancer", shared_address=address),
            Observation({**GOOD, "network": NETWORK, "machine_id": [str(index)], **answer}, 0.0),
        )
        for index, answer in enumerate(answers)
    ]
    found = judge("shop", asked)
    return [(finding.status, finding.detail) for finding in found if finding.check == "virtual IP"]


def test_a_free_address_of_the_network_is_fine() -> None:
    assert _verdicts(SHARED, {}, {}) == [(Status.OK, "10.0.0.9 in 10.0.0.0/24")] * 2


@pytest.mark.parametrize("address", ["10.0.1.9", "10.0.0.0", "10.0.0.255"])
def test_an_address_that_no_host_of_the_network_can_have_is_refused(address: str) -> None:
    (verdict,) = _verdicts(address, {})

    assert verdict == (
        Status.ERROR, f"{address} is no address for hosts of 10.0.0.0/24, which this one is in; expected a free one",
    )  # fmt: skip


def test_an_address_that_somebody_has_is_refused() -> None:
    (verdict,) = _verdicts(SHARED, {"shared": ["taken"]})

    assert verdict[0] is Status.ERROR
    assert "somebody has 10.0.0.9 already" in verdict[1]


def test_a_host_that_joins_finds_the_address_at_one_of_ours() -> None:
    both = _verdicts(SHARED, {"slipway": ["yes"], "shared": ["held"]}, {"shared": ["taken"]})

    assert {status for status, _ in both} == {Status.OK}


def test_hosts_that_share_nothing_are_not_judged() -> None:
    assert "virtual IP" not in {finding.check for finding in judge("shop", [(target(), Observation(GOOD, 0.0))])}
