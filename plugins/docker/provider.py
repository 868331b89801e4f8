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
from plugins.rpc.creation_journal import CreationJournal
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.provider import Provider
from plugins.rpc.resource import CheckResult, Failure
from plugins.rpc.values import contains_unknown, reveal

if TYPE_CHECKING:
    from collections.abc import Callable

    from plugins.rpc.resource import Context, Properties, Resource

# What the official provider has and this one does not; Swarm is another world than the one this pipeline makes.
_SWARM = "Swarm is not covered; for one engine use Container, for a cluster the kubernetes provider"
NOT_COVERED = {
    "docker:index/service:Service": _SWARM,
    "docker:index/serviceConfig:ServiceConfig": f"{_SWARM}. A file for a Container goes into its 'uploads'",
    "docker:index/secret:Secret": f"{_SWARM}. A secret for a Container goes into its 'uploads' or 'envs'",
    "docker:index/plugin:Plugin": "install it on the engine with 'docker plugin install', and name it as 'driver'",
    "docker:index/buildxBuilder:BuildxBuilder": "Image and RemoteImage build with the BuildKit of the engine itself",
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

    def __init__(self, creations: CreationJournal | None = None) -> None:
        self._creations = creations or CreationJournal()
        self.engine = Engine(creations=self._creations)

    def resource(self, token: str) -> Resource:
        """Return the implementation of a type token."""
        if token in NOT_COVERED:
            noun = token.rpartition(":")[2]
            raise ResourceFailed(f"The stand-in for the docker plugin has no {noun}: {NOT_COVERED[token]}.")
        return RESOURCES[token](self.engine)

    async def check_config(self, olds: Properties | None, news: Properties) -> CheckResult:
        """Refuse certificates that contradict each other."""
        del olds
        problem = "" if contains_unknown(news) else Settings.of(reveal(news), {}).problem()
        return CheckResult(news, [Failure("certPath", problem)] if problem else [])

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
        self.engine = Engine(Settings.of(given), Credentials(given.get("registryAuth")), self._creations)
        if not given.get("disableDockerDaemonCheck"):
            await self.engine.client()
        self.configured = True

    async def invoke(self, ctx: Context, token: str, args: Properties) -> dict[str, Any]:
        """Answer a function call."""
        del ctx
        return await FUNCTIONS[token](self.engine, reveal(args))

    async def finished(self) -> None:
        """Forget what was created: the engine has recorded it."""
        self._creations.close_in_order()

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
