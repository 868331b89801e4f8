"""Docker contexts, as ``docker context create`` stores them: a name for an engine's address and certificates.

It reads the store of the docker CLI and never writes it. Source: docker/cli cli/context/store.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT = "default"
"""The docker CLI's own name for 'no context'."""
CERTIFICATES = ("ca.pem", "cert.pem", "key.pem")


@dataclass(frozen=True)
class DockerContext:
    """Where a context points; ``cert_path`` is '' when it holds no certificates."""

    host: str
    cert_path: str = ""


def docker_context(name: str, environ: Mapping[str, str] = os.environ) -> DockerContext:
    """Return the context of that name.

    Raises:
        ResourceFailed: there is none, or it names no Docker engine; the text names those that there are.
    """
    store = Path(environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "contexts"
    directory = hashlib.sha256(name.encode()).hexdigest()
    try:
        stored = json.loads((store / "meta" / directory / "meta.json").read_text())
    except (OSError, ValueError) as error:
        known = ", ".join(sorted(_names(store))) or "none"
        raise ResourceFailed(
            f"There is no Docker context '{name}' in {store} (there are: {known}).\n"
            "Make it (docker context create), or set docker:context or DOCKER_CONTEXT to one of them."
        ) from error
    host = stored.get("Endpoints", {}).get("docker", {}).get("Host", "")
    if not host:
        raise ResourceFailed(f"Docker context '{name}' names no Docker engine. See docker context inspect {name}.")
    certificates = store / "tls" / directory / "docker"
    complete = all((certificates / file).is_file() for file in CERTIFICATES)
    return DockerContext(host, str(certificates) if complete else "")


def _names(store: Path) -> list[str]:
    names = []
    for path in store.glob("meta/*/meta.json"):
        try:
            names.append(str(json.loads(path.read_text())["Name"]))
        except (OSError, ValueError, KeyError):
            continue  # the docker CLI skips what it cannot read as well
    return names
