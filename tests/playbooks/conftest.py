"""Fixtures of the playbook tests: one lab and one worker for all of them.

Nothing is skipped: without an engine or the images in the cache they fail and say what to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import docker
import pytest

from tests.playbooks.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A network and a registry with the node's binaries in it."""
    made = Lab(docker.from_env())
    try:
        made.start()
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="module", autouse=True)
def _machines_end_with_their_file(lab: Lab) -> Iterator[None]:
    """Leave the names and the processor to the next file: whole clusters would run on beside its tests."""
    yield
    lab.remove_machines()


@pytest.fixture(scope="module")
def worker(lab: Lab) -> dict[str, Any]:
    """A machine that nothing was done to yet; the tests of one file use it in their order."""
    return lab.machine("worker-0", "worker")
