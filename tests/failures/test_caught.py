"""Whatever is broken is caught by health, has a name, and costs as much of the score as it costs users.

Each test breaks one thing, waits for health to say so, mends it, and waits for health to be whole again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.failures import broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.environment import EndToEnd

WEAKENED = 90
"""Users notice nothing, but something is not as it should be."""
USERS_NOTICE = 85


@pytest.fixture(autouse=True)
def whole(environment: EndToEnd) -> Iterator[None]:
    """Nothing is broken before and after."""
    assert broken.wait_until_healthy(environment)["score"] == 100
    yield
    assert broken.wait_until_healthy(environment)["score"] == 100


def test_a_broken_image_stops_its_rollout_and_users_notice_nothing(environment: EndToEnd) -> None:
    with broken.broken_image(environment, "frontend"):
        report = broken.wait_until_unhealthy(environment, "application pods")
    assert "frontend" in broken.detail(report, "application pods")
    assert "ImagePull" in broken.detail(report, "application pods")
    assert broken.states(report)["frontend"] == "healthy"
    assert WEAKENED <= report["score"] < 100


def test_a_failing_readiness_probe_stops_its_rollout_and_users_notice_nothing(environment: EndToEnd) -> None:
    with broken.failing_readiness(environment, "api"):
        report = broken.wait_until_unhealthy(environment, "application pods")
    assert "api" in broken.detail(report, "application pods")
    assert "not ready" in broken.detail(report, "application pods")
    assert broken.states(report)["API"] == "healthy"
    assert WEAKENED <= report["score"] < 100


def test_a_database_that_is_down_is_told_once(environment: EndToEnd) -> None:
    with broken.database_down(environment):
        report = broken.wait_until_unhealthy(environment, "API")
    assert broken.detail(report, "API").startswith("HTTP 503")
    assert broken.detail(report, "document round trip") == "skipped (because 'API' fails)"
    assert broken.states(report)["frontend"] == "healthy"
    assert report["score"] < USERS_NOTICE


def test_a_killed_machine_is_named_and_users_are_served_by_the_others(environment: EndToEnd) -> None:
    with broken.killed_machine(environment, "general-1"):
        report = broken.wait_until_unhealthy(environment, "general-1", "nodes")
        assert broken.detail(report, "general-1 services") == "skipped (because general-1 cannot be reached)"
        assert "general-1 is not Ready" in broken.detail(report, "nodes")
        assert broken.states(report)["general-0"] == "healthy"
        assert broken.states(report)["frontend"] == "healthy"
        assert report["score"] < 100


def test_a_network_agent_with_another_address_than_its_node_is_named_and_restarted_as_health_says(
    environment: EndToEnd,
) -> None:
    with broken.stale_agent(environment, "general-1", "192.0.2.1"):
        report = broken.wait_until_unhealthy(environment, "nodes")
    assert "its network agent knows 192.0.2.1" in broken.detail(report, "nodes")
    assert "general-0" not in broken.detail(report, "nodes")


def test_a_broken_route_is_named_beside_what_it_breaks(environment: EndToEnd) -> None:
    with broken.broken_route(environment, "api"):
        report = broken.wait_until_unhealthy(environment, "route to api", "API")
    assert "nowhere" in broken.detail(report, "route to api")
    assert broken.states(report)["route to frontend"] == "healthy"
    assert broken.states(report)["frontend"] == "healthy"
    assert report["score"] < USERS_NOTICE


def test_an_expired_certificate_is_the_one_cause_of_all_that_fails_behind_it(environment: EndToEnd) -> None:
    with broken.expired_certificate(environment):
        report = broken.wait_until_unhealthy(environment, "certificate")
    assert "expired" in broken.detail(report, "certificate")
    for name in ("frontend", "API", "document round trip"):
        assert broken.states(report)[name] == "skipped", name
    assert broken.states(report)["application pods"] == "healthy"
    assert report["score"] < 60
