"""The parts of an image name: registry, repository, tag, digest.

It asks nobody. Source: github.com/distribution/reference.
"""

from __future__ import annotations

import re

from plugins.docker.credentials import registry_of

_PATH = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_PATH}(?:/{_PATH})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def split_reference(name: str) -> tuple[str, str | None]:
    """Split an image name into repository and tag or digest; 'latest' where there is none."""
    repository, at, digest = name.partition("@")
    if at:
        return repository, digest
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, "latest")


def normalized_repository(name: str) -> str:
    """Return the repository with its registry, as digests name it: 'redis:7' is 'docker.io/library/redis'."""
    repository, _ = split_reference(name)
    registry = registry_of(repository)
    path = repository.removeprefix(f"{registry}/")
    if registry == "docker.io" and "/" not in path:
        path = f"library/{path}"
    return f"{registry}/{path}"


def problem_of(name: str) -> str:
    """Say why an image cannot be pushed under this name, or ''."""
    repository, tag = split_reference(name)
    registry = registry_of(repository)
    path = repository.removeprefix(f"{registry}/")
    if not _NAME.fullmatch(path):
        return f"'{name}' is no image name: lower-case letters, digits, '.', '_', '-' and '/' make a repository."
    if tag is not None and "@" not in name and not _TAG.fullmatch(tag):
        return f"'{name}' is no image name: '{tag}' is no tag."
    if normalized_repository(name) != repository:
        return (
            f"'{name}' must be fully qualified to be pushed, with its registry first, for example "
            f"'{normalized_repository(name)}:{tag}'."
        )
    return ""
