"""Fixtures: the control plane of the kubernetes tests, once more.

They hold no assertions.
"""

from tests.plugins.kubernetes.conftest import control_plane, engine, namespace

__all__ = ["control_plane", "engine", "namespace"]
