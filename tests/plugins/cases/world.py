"""What a case needs of the world that its plugin manages: an API server, a container engine.

It is a shape only; ``kubernetes_world`` is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from plugins.rpc.provider import Provider


class World(Protocol):
    """The world of one case; every case has its own part of it."""

    package: str
    """Name of the provider: ``kubernetes``."""

    variables: dict[str, str]
    """What ``$NAME`` stands for in the case."""

    config: dict[str, str]
    """Stack configuration that every case starts with."""

    environment: dict[str, str]
    """Environment of the CLI and of the plugin."""

    def provider(self) -> Provider:
        """Return a new provider, as a new plugin process would have it."""

    def prepare(self, settings: dict[str, Any]) -> None:
        """Make the case's own part of the world; ``settings`` is the case's ``world``."""

    def change(self, verb: str, what: Any) -> None:  # noqa: ANN401 - each world has its own verbs
        """Do what somebody else would do: ``create``, ``patch``, ``delete``.

        Raises:
            ValueError: there is no such verb, or it cannot be done.
        """

    def find(self, what: dict[str, Any]) -> dict[str, Any] | None:
        """Return the live thing that ``what`` identifies, None if it is not there."""

    def close(self) -> None:
        """Take the case's part of the world away, as far as it would disturb other cases."""


@runtime_checkable
class Versioned(Protocol):
    """A world whose things tell when somebody wrote to them; then previews are watched."""

    def versions(self, resources: list[dict[str, Any]]) -> dict[str, str]:
        """Return a text by id that changes whenever somebody writes to a thing in the state."""
