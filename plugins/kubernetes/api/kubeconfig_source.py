"""Finds kubeconfig text and joins several files into one, as kubectl does.

It reads no certificate and chooses no context.
Source: kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

_PATH_MAX: Final = 4096
_NAMED: Final = {"clusters": "cluster", "contexts": "context", "users": "user"}
_PATHS: Final = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


class KubeconfigError(ValueError):
    """The kubeconfig cannot be used; the text says where it came from and what is wrong."""


@dataclass(frozen=True)
class Source:
    """The text of one kubeconfig."""

    text: str
    origin: str
    """A name for messages."""
    folder: Path | None = None
    """What relative paths in it refer to."""


def find_sources(given: str | None) -> list[Source]:
    """Return what the program gave (content, a path, or a list of paths), else what the environment names.

    Raises:
        KubeconfigError: it was given as a path, and no such file exists.
    """
    if not given:
        listed = [Path(item) for item in os.environ.get("KUBECONFIG", "").split(os.pathsep) if item]
        return _files(listed or [Path("~/.kube/config").expanduser()])
    if len(given) < _PATH_MAX and "\n" not in given and not given.lstrip().startswith("{"):
        # The SDK passes KUBECONFIG on, which may be a list.
        paths = [Path(item).expanduser() for item in given.split(os.pathsep) if item]
        if found := _files(paths):
            return found
        if ": " not in given:
            raise KubeconfigError(f"The kubeconfig file {' or '.join(map(str, paths))} does not exist.")
    return [Source(given, "The kubeconfig given to the provider")]


def _files(paths: list[Path]) -> list[Source]:
    """Return the files that exist; the others of a list are passed over, as kubectl does."""
    return [Source(path.read_text(encoding="utf-8"), str(path), path.parent) for path in paths if path.is_file()]


def merged(sources: list[Source]) -> tuple[dict[str, Any], str]:
    """Return one document and a name for it; of two entries or settings of one name, the first file's counts.

    Raises:
        KubeconfigError: one of them is not a mapping.
    """
    whole: dict[str, Any] = {}
    for source in sources:
        document = parse_kubeconfig(source.text, source.origin)
        for section, field in _NAMED.items():
            known = whole.setdefault(section, [])
            names = {item.get("name") for item in known}
            listed = [item for item in document.get(section) or [] if isinstance(item, dict)]
            known += [_absolute(item, field, source.folder) for item in listed if item.get("name") not in names]
        whole["current-context"] = whole.get("current-context") or document.get("current-context")
    return whole, ", ".join(source.origin for source in sources)


def parse_kubeconfig(text: str, origin: str) -> dict[str, Any]:
    """Parse YAML or JSON.

    Raises:
        KubeconfigError: it is not a mapping.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(text, Loader=loader)  # noqa: S506 - it is a safe loader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1})" if mark else ""
        # The parser's own text quotes the file, which holds credentials.
        raise KubeconfigError(f"{origin} is not valid YAML{where}.") from None
    if not isinstance(document, dict):
        raise KubeconfigError(f"{origin} is neither an existing file nor the content of a kubeconfig.")
    return document


def _absolute(entry: dict[str, Any], field: str, folder: Path | None) -> dict[str, Any]:
    """Return a named entry whose paths no longer depend on the file that it came from."""
    inner = entry.get(field)
    if folder is None or not isinstance(inner, dict):
        return entry
    paths = {key: str(folder / Path(inner[key]).expanduser()) for key in _PATHS if inner.get(key)}
    return {**entry, field: {**inner, **paths}}
