"""How images are named in outputs: id and digest, as the official plugin has them.

It reads the engine's description of an image and nothing else.
"""

from __future__ import annotations

from typing import Any

from plugins.docker.image_reference import normalized_repository


def repo_digest(name: str, seen: dict[str, Any]) -> str:
    """Return 'repository@sha256:...' for an image that came from or went to a registry, else ''."""
    wanted = normalized_repository(name)
    for digest in seen.get("RepoDigests") or []:
        if normalized_repository(digest) == wanted:
            return str(digest)
    return ""
