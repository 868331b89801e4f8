"""Fixtures: the control plane of the kubernetes tests and the engine of the docker tests, once more.

They hold no assertions.
"""

from tests.plugins.docker.conftest import api, busybox
from tests.plugins.kubernetes.conftest import control_plane, engine, namespace

__all__ = ["api", "busybox", "control_plane", "engine", "namespace"]
