"""Reads the progress messages of a BuildKit build: what step runs, and what it says.

A reader of four protobuf messages, no protobuf library. Source: moby/buildkit api/services/control/control.proto.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# StatusResponse: vertexes = 1, logs = 3; Vertex: name = 3, error = 7; VertexLog: msg = 4.
VERTEXES, LOGS = 1, 3
VERTEX_NAME, VERTEX_ERROR, LOG_MESSAGE = 3, 7, 4
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED_SIZES: Final = {_FIXED64: 8, _FIXED32: 4}


def trace_lines(encoded: str) -> list[str]:
    """Return the texts of one ``moby.buildkit.trace`` message, in order."""
    lines: list[str] = []
    for number, message in _fields(base64.b64decode(encoded)):
        parts = dict(_fields(message)) if number in (VERTEXES, LOGS) else {}
        wanted = (VERTEX_NAME, VERTEX_ERROR) if number == VERTEXES else (LOG_MESSAGE,)
        lines.extend(parts[key].decode(errors="replace").rstrip() for key in wanted if parts.get(key))
    return lines


def failed_step(encoded: str) -> str:
    """Return the name of the step that one ``moby.buildkit.trace`` message reports as failed, or ''."""
    for number, message in _fields(base64.b64decode(encoded)):
        parts = dict(_fields(message)) if number == VERTEXES else {}
        if parts.get(VERTEX_ERROR):
            return parts.get(VERTEX_NAME, b"").decode(errors="replace")
    return ""


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the length-delimited fields of a message; numbers are skipped."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        kind = key & 7
        if kind == _BYTES:
            size, at = _varint(message, at)
            yield key >> 3, message[at : at + size]
            at += size
        elif kind == _VARINT:
            _, at = _varint(message, at)
        else:
            at += _FIXED_SIZES[kind]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, at
