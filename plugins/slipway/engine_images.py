"""Looks up, loads and removes images of a container engine through its API.

It knows no Pulumi resource; all calls block.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    import docker

# Loading an image of a gigabyte takes minutes on a slow disk, and the engine answers only at the end.
TIMEOUT_SECONDS = 900


class EngineImages:
    """The images of one engine; ``host`` is its address, or None for DOCKER_HOST or the local socket."""

    def __init__(self, host: str | None = None) -> None:
        self._host = host
        self._connection: docker.DockerClient | None = None

    def find(self, name: str) -> dict[str, Any] | None:
        """Return what the engine says about an image, None when it has no such image."""
        from docker.errors import ImageNotFound  # noqa: PLC0415 - loads requests; only this resource needs it

        try:
            found: dict[str, Any] = self._client().api.inspect_image(name)  # type: ignore[no-untyped-call]
        except ImageNotFound:
            return None
        return found

    def load(self, archive: Iterator[bytes], name: str) -> None:
        """Load an archive as ``docker load`` does.

        Raises:
            ResourceFailed: the engine refused it.
        """
        from docker.errors import DockerException  # noqa: PLC0415 - see above

        try:
            answer = self._client().api.load_image(archive, quiet=True)  # type: ignore[no-untyped-call]
            errors = [line["error"] for line in _lines(answer) if "error" in line]
        except DockerException as error:
            errors = [str(error)]
        if errors:
            raise ResourceFailed(
                f"The container engine refused the image {name}: {errors[0]}\n"
                "An engine older than 23.0 reads no zstd layers; build the image with gzip for it."
            )

    def remove(self, name: str) -> str | None:
        """Remove a tag, and the image with it when nothing uses it; return why it stays, if it does."""
        from docker.errors import APIError, ImageNotFound  # noqa: PLC0415 - see above

        try:
            self._client().api.remove_image(name)
        except ImageNotFound:
            return None
        except APIError as error:
            if error.status_code != 409:  # noqa: PLR2004 - Conflict: a container or another image uses it
                raise ResourceFailed(f"The container engine could not remove {name}: {error.explanation}") from error
            return str(error.explanation)
        return None

    def _client(self) -> "docker.DockerClient":
        import docker  # noqa: PLC0415 - see above
        from docker.errors import DockerException  # noqa: PLC0415 - see above

        if self._connection is None:
            try:
                if self._host:
                    self._connection = docker.DockerClient(base_url=self._host, timeout=TIMEOUT_SECONDS)
                else:
                    self._connection = docker.from_env(timeout=TIMEOUT_SECONDS)
                self._connection.ping()
            except DockerException as error:
                self._connection = None
                raise ResourceFailed(
                    f"The container engine at {self._host or 'its usual address'} does not answer: {error}\n"
                    "Start it (systemctl start docker, or dockerd), then run the command again."
                ) from error
        return self._connection


def _lines(answer: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - docker-py yields parsed lines or bytes
    for line in answer:
        if isinstance(line, dict):
            yield line
        elif text := bytes(line).strip():
            yield json.loads(text)
