"""Runs one emulated cloud until it is told to end: ministack in this process, and around it what makes it real.

Called with the path of the settings, with ministack's packages and this project on PYTHONPATH.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

from toolchain.emulator.settings import CloudSettings

PARTS = (
    "balancing",
    "compute",
    "forgotten",
    "instances",
    "load_balancers",
    "recording",
    "registry",
    "registry_door",
)


def main() -> None:
    """Set ministack up by its environment variables, replace what is not real, serve."""
    settings = CloudSettings.load(Path(sys.argv[1]))
    os.environ.update(_variables(settings))
    sys.argv[1:] = []  # ministack reads the command line, too
    _make_real(settings)
    importlib.import_module("ministack.app").main()


def _make_real(settings: CloudSettings) -> None:
    # ministack reads its variables while it is imported, so all that imports it comes late.
    parts = {name: importlib.import_module(f"toolchain.emulator.cloud.{name}") for name in PARTS}
    parts["instances"].make_real(settings)
    parts["compute"].complete()
    parts["forgotten"].complete()
    load_balancers = parts["load_balancers"].LoadBalancers(settings)
    parts["balancing"].complete(load_balancers.health_of)
    load_balancers.follow()
    parts["registry"].complete()
    parts["recording"].record()
    parts["registry_door"].open_door(settings)


def _variables(settings: CloudSettings) -> dict[str, str]:
    return {
        "GATEWAY_PORT": str(settings.port),
        "BIND_HOST": settings.gateway,
        "MINISTACK_HOST": settings.gateway,
        "MINISTACK_HOSTNAME": settings.gateway,  # with the port, by what it knows its own containers
        "MINISTACK_REGION": settings.region,
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(settings.certificate_file),
        "MINISTACK_SSL_KEY": str(settings.key_file),
        "DOCKER_NETWORK": settings.network,
        "MINISTACK_DOCKER_TIMEOUT": "60",
        # Listeners of services that nobody asked for.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": settings.directory,
    }


if __name__ == "__main__":
    main()
