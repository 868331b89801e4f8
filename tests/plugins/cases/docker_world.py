"""The world of a docker case: a name of its own on the machine's container engine, a build context, and a registry.

Somebody else is the docker command line's API with no labels of ours. Without an engine these tests fail.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
import uuid
from typing import TYPE_CHECKING, Any

import docker
import docker.errors

from plugins.docker.provider import DockerProvider
from tests.plugins.docker.engine_proxy import EngineProxy, engine_proxy
from tests.plugins.docker.registry import PASSWORD, USERNAME, Registry

if TYPE_CHECKING:
    from pathlib import Path

    from plugins.rpc.provider import Provider


class DockerWorld:
    """Everything whose name begins with ``$NAME``."""

    package = "docker"

    def __init__(self, api: docker.APIClient, image: str, registry: Registry, folder: Path, label: str) -> None:
        self._labels = dict([label.split("=")])
        self._api: Any = api  # the stubs leave much untyped
        self._held = contextlib.ExitStack()
        self._proxy: EngineProxy | None = None
        self._since = time.time()
        unique = uuid.uuid4().hex[:8]
        self.name = f"dockertest-{unique}"
        self._context = folder / "context"
        self._context.mkdir()
        self.config: dict[str, str] = {}
        (folder / "no-logins").mkdir()
        self.environment = {"DOCKER_CONFIG": str(folder / "no-logins")}
        self.variables = {
            "ID": unique,
            "NAME": self.name,
            "IMAGE": image,
            "BUILT": f"slipway-dockertest/{unique}",
            "CONTEXT": str(self._context),
            "LABEL": label,
            "PORT": str(_free_port()),
            "PROXY": f"tcp://127.0.0.1:{self._open_proxy()}",
            "REGISTRY": registry.address,
            "REGISTRY_USER": USERNAME,
            "REGISTRY_PASSWORD": PASSWORD,
        }

    def _open_proxy(self) -> int:
        self._proxy = self._held.enter_context(engine_proxy())
        return self._proxy.port

    def provider(self) -> Provider:
        """Return a new provider."""
        return DockerProvider()

    def prepare(self, settings: dict[str, Any]) -> None:
        """Write the files of the build context; ``port: taken`` lets another program have ``$PORT``."""
        for name, text in settings.get("context", {}).items():
            self._write(name, text)
        if settings.get("port") == "taken":
            self._held.enter_context(socket.create_server(("127.0.0.1", int(self.variables["PORT"]))))

    def change(self, verb: str, what: Any) -> None:  # noqa: ANN401 - each verb has its own
        """Make, ``stop``, ``update``, ``disconnect`` or ``remove`` something; ``write`` a file; ``close`` the proxy."""
        if verb == "create":
            self._create(what)
        elif verb == "stop":
            self._api.stop(what, timeout=0)
        elif verb == "update":
            self._api.update_container(what["container"], mem_limit=what["memory"], memswap_limit=-1)
        elif verb == "disconnect":
            self._api.disconnect_container_from_network(what["container"], what["network"])
        elif verb == "remove":
            self._remove(what)
        elif verb == "write":
            for name, text in what.items():
                self._write(name, text)
        elif verb == "close" and self._proxy is not None:
            self._proxy.close()
        else:
            raise ValueError(f"The verb {verb!r} is none of create, stop, update, disconnect, remove, write, close.")

    def find(self, what: dict[str, Any]) -> dict[str, Any] | None:
        """Return what the engine says of the ``container``, ``network``, ``volume`` or ``image`` of that name."""
        kind = next(key for key in ("container", "network", "volume", "image") if key in what)
        look = getattr(self._api, f"inspect_{kind}")
        try:
            seen: dict[str, Any] = look(what[kind])
        except docker.errors.NotFound:
            return None
        return {**seen, kind: what[kind]}

    def versions(self, resources: list[dict[str, Any]]) -> dict[str, str]:
        """Return how many events the engine has seen of this world's things; health checks happen by themselves."""
        del resources
        found = self._api.events(since=self._since, until=time.time(), decode=True)
        mine = [event for event in found if self.variables["ID"] in json.dumps(event)]
        counted = [event for event in mine if not event["Action"].startswith(("exec_", "health_status"))]
        return {"engine events": str(len(counted))}

    def close(self) -> None:
        """Remove what is left, and let go of ports."""
        self._held.close()
        for container in self._api.containers(all=True, filters={"name": self.name}):
            self._api.remove_container(container["Id"], v=True, force=True)
        for network in self._api.networks(filters={"name": self.name}):
            self._api.remove_network(network["Id"])
        for volume in self._api.volumes(filters={"name": self.name})["Volumes"] or []:
            self._api.remove_volume(volume["Name"], force=True)

    def _create(self, what: dict[str, Any]) -> None:
        if "container" in what:
            made = self._api.create_container(
                what["image"], what.get("command"), name=what["container"], labels=self._labels
            )
            self._api.start(made["Id"])
        elif "network" in what:
            self._api.create_network(what["network"], labels=self._labels)
        else:
            self._api.create_volume(what["volume"], labels=self._labels)

    def _remove(self, what: dict[str, str]) -> None:
        if "container" in what:
            self._api.remove_container(what["container"], v=True, force=True)
        elif "network" in what:
            self._api.remove_network(what["network"])
        elif "image" in what:
            self._api.remove_image(what["image"], force=True)
        else:
            self._api.remove_volume(what["volume"], force=True)

    def _write(self, name: str, text: str) -> None:
        path = self._context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
