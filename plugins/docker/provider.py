"""The docker provider: its configuration, its resource types and its functions.

It is not the server; ``plugins.rpc`` puts it on the wire.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from plugins.docker.connection import Settings
from plugins.docker.container import Container
from plugins.docker.credentials import Credentials
from plugins.docker.engine import Engine
from plugins.docker.functions import FUNCTIONS
from plugins.docker.image import Image
from plugins.docker.network import Network
from plugins.docker.registry_image import RegistryImage
from plugins.docker.remote_image import RemoteImage
from plugins.docker.tag import Tag
from plugins.docker.volume import Volume
from plugins.rpc.provider import Provider
from plugins.rpc.resource import CheckResult, Failure
from plugins.rpc.values import contains_unknown, reveal

if TYPE_CHECKING:
    from collections.abc import Callable

    from plugins.rpc.resource import Context, Properties, Resource

# What the official provider takes and this one does not.
REFUSED = {
    "context": "name the engine with 'host' instead",
    "sshOpts": "put the options into the SSH configuration of this user",
}
RESOURCES: dict[str, Callable[[Engine], Resource]] = {
    "docker:index/container:Container": Container,
    "docker:index/image:Image": Image,
    "docker:image:Image": Image,  # the type's name before version 4
    "docker:index/network:Network": Network,
    "docker:index/registryImage:RegistryImage": RegistryImage,
    "docker:index/remoteImage:RemoteImage": RemoteImage,
    "docker:index/tag:Tag": Tag,
    "docker:index/volume:Volume": Volume,
}


class DockerProvider(Provider):
    """Stand-in for the official docker provider."""

    name = "docker"
    version = "5.2.0"

    def __init__(self) -> None:
        self.engine = Engine()

    def resource(self, token: str) -> Resource:
        """Return the implementation of a type token."""
        return RESOURCES[token](self.engine)

    async def check_config(self, olds: Properties | None, news: Properties) -> CheckResult:
        """Refuse what the stand-in does not do, and certificates that contradict each other."""
        del olds
        given = reveal(news)
        failures = [
            Failure(key, f"'{key}' is not supported by the stand-in for the docker plugin: {instead}.")
            for key, instead in REFUSED.items()
            if given.get(key)
        ]
        problem = "" if contains_unknown(news) else Settings.of(given, {}).problem()
        return CheckResult(news, [*failures, *([Failure("certPath", problem)] if problem else [])])

    async def configure(self, variables: Properties) -> None:
        """Connect to the engine.

        Raises:
            ResourceFailed: no engine answers.
        """
        if contains_unknown(variables):
            self.configured = False
            return
        given = {key: _parsed(value) for key, value in reveal(variables).items()}
        self.engine.close()
        self.engine = Engine(Settings.of(given), Credentials(given.get("registryAuth")))
        if not given.get("disableDockerDaemonCheck"):
            await self.engine.client()
        self.configured = True

    async def invoke(self, ctx: Context, token: str, args: Properties) -> dict[str, Any]:
        """Answer a function call."""
        del ctx
        return await FUNCTIONS[token](self.engine, reveal(args))

    async def close(self) -> None:
        """Release connections."""
        self.engine.close()


def _parsed(value: Any) -> Any:  # noqa: ANN401 - provider inputs arrive as JSON text (SDK) or as they are (tests)
    if not isinstance(value, str) or value[:1] not in ("[", "{", "t", "f"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
