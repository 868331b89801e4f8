"""Fixtures: one control plane a session, one namespace and one provider a test.

They hold no assertions.
"""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from plugins.kubernetes.provider import KubernetesProvider
from tests.plugins.kubernetes.control_plane import ControlPlane, Tools, find_tool
from tests.plugins.kubernetes.engine import Engine
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    try:
        tools = Tools(find_tool("etcd"), find_tool("kube-apiserver"), find_tool("kube-controller-manager"))
    except ToolchainError as error:
        pytest.fail(f"These tests need a real API server. {error}")
    with tempfile.TemporaryDirectory(prefix="slipway-control-plane-") as folder:
        plane = ControlPlane(Path(folder), tools)
        try:
            plane.start()
            yield plane
        finally:
            plane.stop()


@pytest.fixture
def namespace(control_plane: ControlPlane) -> str:
    name = f"test-{uuid.uuid4().hex[:8]}"
    control_plane.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    return name


@pytest.fixture
async def engine(control_plane: ControlPlane) -> AsyncIterator[Engine]:
    """An engine with a provider that uses the control plane as administrator."""
    provider = KubernetesProvider()
    await provider.configure({"kubeconfig": control_plane.kubeconfig()})
    yield Engine(provider)
    await provider.close()
