"""The list of workers behind a load balancer is exchanged, under load, without a connection that fails."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.playbooks.lab import Lab, changes, told

if TYPE_CHECKING:
    from collections.abc import Iterator

PORT = 30900
NOTHING_ELSE = {f"load_balancer_{what}_node_port": PORT for what in ("http", "https", "health")}
SERVE = f"""
mkdir -p /tmp/gateway && touch /tmp/gateway/ping && hostname > /tmp/gateway/name
systemd-run --quiet --unit gateway python3 -m http.server --directory /tmp/gateway {PORT}
"""
"""Answers as the gateway does: /ping says whether it takes users, who get the machine's name."""


@pytest.fixture(scope="module")
def balancer(lab: Lab) -> dict[str, Any]:
    """A load balancer in front of an API server that is not there."""
    made = lab.machine("front-2", "load-balancer")
    outcome = lab.play("load_balancer.yml", [made], load_balancer_control_planes=[])
    assert outcome["successful"], told(outcome)
    return made


@pytest.fixture(scope="module")
def workers(lab: Lab) -> dict[str, dict[str, Any]]:
    return {name: lab.machine(name, "worker") for name in ("old-0", "old-1", "new-0", "new-1")}


class Visitor(threading.Thread):
    """Somebody who asks again and again, each time with a connection of its own."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._url, self._goes_on = f"http://{address}/name", True
        self.answers: list[str] = []

    def run(self) -> None:
        """Ask until told to stop."""
        while self._goes_on:
            try:
                answer = httpx.get(self._url, timeout=5).raise_for_status()
                self.answers.append(answer.text.strip())
            except httpx.HTTPError as error:
                self.answers.append(f"no answer: {error}")
            time.sleep(0.005)

    def stop(self) -> list[str]:
        """Return who answered, in turn."""
        self._goes_on = False
        self.join()
        return self.answers


@pytest.fixture
def visitor(balancer: dict[str, Any]) -> Iterator[Visitor]:
    """One who has not come yet."""
    visitor = Visitor(balancer["address"])
    yield visitor
    if visitor.is_alive():
        visitor.stop()


def play(lab: Lab, balancer: dict[str, Any], workers: dict[str, dict[str, Any]], *names: str) -> dict[str, Any]:
    listed = [{"name": name, "address": workers[name]["address"]} for name in names]
    return lab.play("load_balancer_workers.yml", [balancer], load_balancer_workers=listed, **NOTHING_ELSE)


def until_it_answers(lab: Lab, balancer: dict[str, Any], name: str) -> None:
    lab.shell(balancer, f"timeout 15 sh -c 'until curl -s http://127.0.0.1/name | grep -q {name}; do sleep 0.2; done'")


def test_workers_that_are_not_ready_yet_hold_nothing_up_where_nobody_serves(
    lab: Lab, balancer: dict[str, Any], workers: dict[str, dict[str, Any]]
) -> None:
    outcome = play(lab, balancer, workers, "old-0", "old-1")
    assert outcome["successful"], told(outcome)
    assert changes(play(lab, balancer, workers, "old-0", "old-1")) == 0

    for name in ("old-0", "old-1"):
        lab.shell(workers[name], SERVE)
    until_it_answers(lab, balancer, "old")


def test_all_workers_are_exchanged_for_others_that_are_not_ready_yet(
    lab: Lab, balancer: dict[str, Any], workers: dict[str, dict[str, Any]], visitor: Visitor
) -> None:
    visitor.start()
    outcome = play(lab, balancer, workers, "new-0", "new-1")
    assert outcome["successful"], told(outcome)
    time.sleep(3)
    assert {answer.partition("-")[0] for answer in visitor.answers} == {"old"}

    for name in ("new-0", "new-1"):
        lab.shell(workers[name], SERVE)
    until_it_answers(lab, balancer, "new")
    answers = visitor.stop()
    assert {answer.partition("-")[0] for answer in answers} == {"old", "new"}
    assert answers[-1].startswith("new")
    assert changes(play(lab, balancer, workers, "new-0", "new-1")) == 0


def test_gateways_that_are_about_to_end_serve_where_nobody_else_is_left(
    lab: Lab, balancer: dict[str, Any], workers: dict[str, dict[str, Any]], visitor: Visitor
) -> None:
    visitor.start()
    for name in ("new-0", "new-1"):
        lab.shell(workers[name], "rm /tmp/gateway/ping")
    said = "journalctl --unit haproxy.service --output cat | grep -q 'backend gateway-80 has no server available'"
    lab.shell(balancer, f'timeout 10 sh -c "until {said}; do sleep 0.1; done"')
    time.sleep(1)
    answers = visitor.stop()
    for name in ("new-0", "new-1"):
        lab.shell(workers[name], "touch /tmp/gateway/ping")

    assert {answer.partition("-")[0] for answer in answers} == {"new"}


def test_a_list_that_waits_gives_way_to_a_newer_one(
    lab: Lab, balancer: dict[str, Any], workers: dict[str, dict[str, Any]], visitor: Visitor
) -> None:
    for name in ("old-0", "old-1"):
        lab.shell(workers[name], "systemctl stop gateway")
    visitor.start()
    assert play(lab, balancer, workers, "old-0", "old-1")["successful"]
    assert play(lab, balancer, workers, "new-0")["successful"]
    answers = visitor.stop()

    assert {answer.partition("-")[0] for answer in answers} == {"new"}
    waiting = lab.shell(balancer, "systemctl is-active slipway-haproxy-reload || true")
    assert waiting.strip() == "inactive"
