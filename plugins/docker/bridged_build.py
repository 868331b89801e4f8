"""The ``build`` input that RemoteImage and RegistryImage share, and what it asks of a build.

It differs from the build of ``Image``: the Dockerfile is relative to the context, and nothing is digested.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.docker.image_build import Build, context_of
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.schema import BOOLEAN, STRING, STRINGS, Property, list_of, object_of, set_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_REFUSED = (
    "additionalContexts",
    "authConfigs",
    "buildId",
    "buildLogFile",
    "builder",
    "cacheTos",
    "cgroupParent",
    "cpuPeriod",
    "cpuQuota",
    "cpuSetCpus",
    "cpuSetMems",
    "cpuShares",
    "isolation",
    "memory",
    "memorySwap",
    "provenance",
    "remoteContext",
    "sbom",
    "secrets",
    "securityOpts",
    "sessionId",
    "shmSize",
    "squash",
    "ulimits",
    "useLegacyBuilder",
)

BUILD: Property = object_of(
    context=STRING.needed.forces,
    dockerfile=STRING.forces.by_default("Dockerfile"),
    buildArgs=STRINGS.forces,
    cacheFroms=list_of(STRING).forces,
    extraHosts=list_of(STRING).forces,
    forceRemove=BOOLEAN.forces,
    label=STRINGS,
    labels=STRINGS.forces,
    networkMode=STRING.forces,
    noCache=BOOLEAN.forces,
    platform=STRING.forces,
    pullParent=BOOLEAN.forces,
    remove=BOOLEAN.by_default(True),
    suppressOutput=BOOLEAN.forces,
    tags=list_of(STRING),
    target=STRING.forces,
    version=STRING.forces,
    **dict.fromkeys(_REFUSED, STRING.refused),
)

TRIGGERS = STRINGS.forces
PULL_TRIGGERS = set_of(STRING).forces
AUTH_CONFIG = object_of(address=STRING.needed, username=STRING, password=STRING.hidden)


def build_of(name: str, build: Mapping[str, Any]) -> Build:
    """Return the build for checked inputs.

    Raises:
        ResourceFailed: there is no such Dockerfile.
    """
    directory = Path(build["context"])
    dockerfile = directory / build["dockerfile"]
    if not dockerfile.is_file():
        raise ResourceFailed(f"Cannot build {name}: there is no Dockerfile '{dockerfile}' (relative to build.context).")
    return Build(
        name=name,
        context=context_of(str(directory), str(dockerfile)),
        builder="BuilderV1" if build.get("version") == "1" else "BuilderBuildKit",
        arguments=build.get("buildArgs") or {},
        target=build.get("target", ""),
        platform=build.get("platform", ""),
        network=build.get("networkMode", ""),
        add_hosts=tuple(build.get("extraHosts") or ()),
        cache_from=tuple(build.get("cacheFroms") or ()),
        labels={**(build.get("label") or {}), **(build.get("labels") or {})},
        no_cache=build.get("noCache", False),
        pull_parent=build.get("pullParent", False),
        more_tags=tuple(build.get("tags") or ()),
    )
