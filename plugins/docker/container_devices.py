"""GPUs and other devices that a driver on the engine hands to a container: the inputs ``gpus`` and ``deviceRequests``.

It is pure; whether the engine has such a driver, the engine says when the container starts. Source: docker/cli
opts/gpus.go for the words of ``gpus``, and deviceRequestsSetToDockerRequests of the Terraform provider.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = -1
_QUOTES = ("'", '"')


def device_requests(wanted: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the engine's ``DeviceRequests``, or None when the program asks for none.

    Raises:
        ResourceFailed: both inputs are given, or ``gpus`` is not understood.
    """
    gpus, requests = wanted.get("gpus"), wanted.get("deviceRequests")
    if gpus and requests:
        raise ResourceFailed("gpus and deviceRequests exclude each other: say in one of them what is wanted.")
    if gpus:
        return [gpu_request(str(gpus))]
    return [_request(request) for request in requests] if requests else None


def gpu_request(text: str) -> dict[str, Any]:
    """Turn 'all', '2' or 'device=0,capabilities=utility' into a request.

    Raises:
        ResourceFailed: it is none of these.
    """
    request: dict[str, Any] = {"Driver": "", "Options": {}, "Capabilities": [["gpu"]]}
    seen: set[str] = set()
    for field in next(csv.reader([_unquoted(text)]), []):
        key, equals, value = field.partition("=")
        if not equals:
            key, value = "count", key
        if key in seen:
            raise ResourceFailed(f"gpus: '{key}' is given twice in '{text}'.")
        seen.add(key)
        _take(request, key, value, text)
    if "count" not in seen and "device" not in seen:
        request["Count"] = 1
    return request


def _take(request: dict[str, Any], key: str, value: str, text: str) -> None:
    if key == "count":
        request["Count"] = _count(value, text)
    elif key == "device":
        request["DeviceIDs"] = value.split(",")
    elif key == "driver":
        request["Driver"] = value
    elif key == "capabilities":
        request["Capabilities"] = [[*value.split(","), "gpu"]]
    elif key == "options":
        request["Options"] = dict(pair.partition("=")[::2] for pair in next(csv.reader([value]), []))
    else:
        raise ResourceFailed(
            f"gpus: '{key}' in '{text}' is not known; it takes count, device, driver, capabilities, options."
        )


def _count(value: str, text: str) -> int:
    if value == "all":
        return ALL
    try:
        return int(value)
    except ValueError:
        raise ResourceFailed(f"gpus: '{value}' in '{text}' is neither a number nor 'all'.") from None


def _unquoted(text: str) -> str:
    """Drop quotes around the whole, which a shell would have wanted."""
    bare = text.strip()
    while len(bare) > 1 and bare[0] in _QUOTES and bare[-1] == bare[0]:
        bare = bare[1:-1].strip()
    return bare


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "Driver": request["driver"],
        "Count": request["count"],
        "DeviceIDs": request.get("deviceIds") or [],
        "Capabilities": [request.get("capabilities") or []],
        "Options": request.get("options") or {},
    }
