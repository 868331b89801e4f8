"""Inputs that only newer Docker engines understand, and the error where the connected one is older.

An old engine drops what it does not know without a word, so asking it anyway would make something else than was wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

SUBPATH = ("1.45", "26.0")
GATEWAY_PRIORITY = ("1.48", "28.0")
CLUSTER_VOLUME = ("1.42", "23.0")
"""The first version of the API that has it, and the release of the engine; source: moby docs/api/version-history.md."""


def require(needs: Mapping[str, tuple[str, str]], api_version: str) -> None:
    """Refuse inputs that the engine would ignore.

    Args:
        needs: by the path of an input, the first versions of API and engine that know it.
        api_version: what the connected engine speaks, as '1.41'.

    Raises:
        ResourceFailed: naming the first of them.
    """
    for path, (api, release) in needs.items():
        if _number(api_version) < _number(api):
            raise ResourceFailed(
                f"'{path}' needs Docker Engine {release} (API {api}); the connected engine has API {api_version} and "
                "would ignore it. Upgrade that engine, or leave the input out."
            )


def container_needs(wanted: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return what the inputs of a container need of the engine."""
    return dict([*_mount_needs(wanted), *_network_needs(wanted)])


def _mount_needs(wanted: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for at, mount in enumerate(wanted.get("mounts") or []):
        if (mount.get("volumeOptions") or {}).get("subpath"):
            yield f"mounts[{at}].volumeOptions.subpath", SUBPATH


def _network_needs(wanted: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, str]]]:
    for at, network in enumerate(wanted.get("networksAdvanced") or []):
        if network.get("gwPriority"):
            yield f"networksAdvanced[{at}].gwPriority", GATEWAY_PRIORITY


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
