"""Completes and checks the inputs of a release: every field with its default, values merged, name and namespace given.

It runs nothing; whether the chart exists is told by ``chart_check``.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, Release, Check and setDefaults.
"""

from __future__ import annotations

import os
import re
from typing import Any, Final

import yaml

from plugins.kubernetes.composing.private_files import content_of, with_contents
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Failure
from plugins.rpc.values import UNKNOWN, Asset, contains_unknown

DEFAULT_TIMEOUT_SECONDS: Final = 300
SOURCE: Final = ("chart", "version", "devel", "repositoryOpts", "verify", "keyring")
"""The inputs that say which chart is meant."""

_TEXTS: Final = ("chart", "description", "keyring", "name", "namespace", "postrender", "version")
_FLAGS: Final = (
    "allowNullValues",
    "atomic",
    "cleanupOnFail",
    "createNamespace",
    "dependencyUpdate",
    "devel",
    "disableCRDHooks",
    "disableOpenapiValidation",
    "disableWebhooks",
    "forceUpdate",
    "lint",
    "recreatePods",
    "renderSubchartNotes",
    "replace",
    "resetValues",
    "reuseValues",
    "skipAwait",
    "skipCrds",
    "takeOwnership",
    "verify",
    "waitForJobs",
)
_NUMBERS: Final = ("timeout", "maxHistory")
_REPOSITORY: Final = ("repo", "caFile", "certFile", "keyFile", "password", "username")
# 'compat' comes from the SDK itself; names of resources are an output that older programs passed back.
_WITHOUT_MEANING: Final = ("compat", "resourceNames")
_KINDS: Final[dict[str, tuple[type, str]]] = {
    **dict.fromkeys(_TEXTS, (str, "a text")),
    **dict.fromkeys(_FLAGS, (bool, "true or false")),
    **dict.fromkeys(_NUMBERS, (int, "a whole number")),
    "repositoryOpts": (dict, "a mapping"),
    "values": (dict, "a mapping"),
    "valueYamlFiles": (list, "a list of assets"),
}
# Source: helm/helm pkg/chartutil/validate_name.go.
_NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_LONGEST_NAME: Final = 53


def refusals(news: dict[str, Any]) -> list[Failure]:
    """Return what is wrong with the inputs of a program, as far as it can be told without a chart."""
    failures = [
        Failure(key, f"must be {word}, but is {_shown(news[key])}.")
        for key, (kind, word) in _KINDS.items()
        if news.get(key) not in (None, UNKNOWN) and not _is(news[key], kind)
    ]
    if not news.get("chart"):
        failures.append(Failure("chart", "is missing: a folder, a name in a repository, or an oci:// address."))
    timeout = news.get("timeout")
    if isinstance(timeout, int) and timeout < 0:
        failures.append(Failure("timeout", f"is {timeout}, but must be a number of seconds from 0 on."))
    return failures


def name_failures(name: object) -> list[Failure]:
    """Return why helm would not take the name of a release."""
    if not isinstance(name, str) or (len(name) <= _LONGEST_NAME and _NAME.match(name)):
        return []
    rule = f"lower-case letters, digits, '-' and '.', at most {_LONGEST_NAME} of them"
    return [Failure("name", f"{name!r} is no name for a release: {rule}. Set 'name' to one.")]


def without_effect(news: dict[str, Any]) -> list[str]:
    """Return warnings about inputs that nothing comes of."""
    warnings = []
    if news.get("allowNullValues") is True:
        warnings.append("'allowNullValues' is deprecated and has no effect: nulls in values are kept.")
    unused = sorted(key for key, item in news.items() if item is not None and key not in {*_KINDS, *_WITHOUT_MEANING})
    if unused:
        warnings.append(f"These inputs of a Release have no effect: {', '.join(unused)}.")
    return warnings


def completed(news: dict[str, Any], values: Any, *, name: str, default_namespace: str) -> dict[str, Any]:  # noqa: ANN401
    """Return every field of a release, as the official plugin stores them.

    Args:
        news: Plain inputs of the program; may hold unknown values.
        values: The merged values, or unknown.
        name: The name to use where the program gives none.
        default_namespace: Likewise.
    """
    given = {key: item for key, item in news.items() if item is not None}
    result: dict[str, Any] = {key: given.get(key, False) for key in _FLAGS}
    result |= {key: given.get(key, "") for key in _TEXTS}
    result |= {"values": values, "timeout": given.get("timeout", 0 if result["skipAwait"] else DEFAULT_TIMEOUT_SECONDS)}
    if "maxHistory" in given:
        result["maxHistory"] = given["maxHistory"]
    if "repositoryOpts" in given:
        result["repositoryOpts"] = _repository(given["repositoryOpts"])
    result["name"] = result["name"] or name
    result["namespace"] = result["namespace"] or default_namespace
    if result["verify"] is True and not result["keyring"]:
        result["keyring"] = os.path.expandvars("$HOME/.gnupg/pubring.gpg")
    return result


def _repository(given: Any) -> Any:  # noqa: ANN401 - unknown, or a mapping
    return given if given is UNKNOWN else {key: given.get(key) or "" for key in _REPOSITORY}


async def merged_values(news: dict[str, Any]) -> Any:  # noqa: ANN401 - a mapping, or unknown
    """Return the files' values with the program's own on top; unknown when a file is not known yet.

    Raises:
        ResourceFailed: a file cannot be read, or is no mapping.
    """
    merged: dict[str, Any] = {}
    files = news.get("valueYamlFiles") or []
    if contains_unknown(files) or news.get("values") is UNKNOWN:
        return UNKNOWN
    for number, given in enumerate(files):
        merged = merge(merged, await _values_in(given, number))
    return merge(merged, await with_contents(news.get("values") or {}))


def merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Return both mappings as helm merges values: mappings by key, everything else as a whole."""
    merged = dict(below)
    for key, item in above.items():
        before = merged.get(key)
        merged[key] = merge(before, item) if isinstance(before, dict) and isinstance(item, dict) else item
    return merged


async def _values_in(given: object, number: int) -> dict[str, Any]:
    where = f"valueYamlFiles[{number}]"
    if not isinstance(given, Asset):
        raise ResourceFailed(f"{where} is {_shown(given)}, but must be an asset: a FileAsset or a StringAsset.")
    where = f"{where} ({given.path})" if given.path else where
    try:
        values = yaml.safe_load(await content_of(given))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        # The parser quotes the line, which may be a secret.
        raise ResourceFailed(f"{where} is no YAML{f' at line {mark.line + 1}' if mark else ''}.") from None
    if values is not None and not isinstance(values, dict):
        raise ResourceFailed(f"{where} holds {_shown(values)}, but values are a mapping.")
    return values or {}


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _shown(value: object) -> str:
    """Name the type of a value; the value itself may be a secret."""
    names = {str: "a text", bool: "true or false", int: "a number", float: "a number", dict: "a mapping"}
    return names.get(type(value), f"a {type(value).__name__}")
