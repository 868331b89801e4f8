"""Files that go into a container before it starts, as the one tar archive that the engine's copy request takes.

It reads ``source`` files of this machine, and nothing of the container.
"""

from __future__ import annotations

import base64
import binascii
import io
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.rpc.errors import ResourceFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EXECUTABLE_MODE = 0o744
PLAIN_MODE = 0o644


def archive_of(uploads: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a tar archive with every upload at its absolute path.

    Raises:
        ResourceFailed: an upload has no content, or more than one.
    """
    buffer = io.BytesIO()
    now = int(time.time())
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for upload in uploads:
            content = _content(upload)
            member = tarfile.TarInfo(upload["file"].lstrip("/"))
            member.size, member.mode, member.mtime = len(content), _mode(upload), now
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _content(upload: Mapping[str, Any]) -> bytes:
    given = [key for key in ("content", "contentBase64", "source") if upload.get(key)]
    where = f"uploads: '{upload['file']}'"
    if len(given) != 1:
        what = f"has {' and '.join(given)}" if given else "has no content"
        raise ResourceFailed(f"{where} {what}: give exactly one of content, contentBase64 and source.")
    value = str(upload[given[0]])
    if given[0] == "content":
        return value.encode()
    if given[0] == "source":
        return _file(Path(value), where)
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ResourceFailed(f"{where}: contentBase64 is no base64 text.") from None


def _file(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ResourceFailed(f"{where}: source {path} cannot be read: {error.strerror}.") from error


def _mode(upload: Mapping[str, Any]) -> int:
    permissions = upload.get("permissions")
    if not permissions:
        return EXECUTABLE_MODE if upload.get("executable") else PLAIN_MODE
    try:
        return int(permissions, 8)
    except ValueError:
        text = f"uploads: '{upload['file']}': permissions '{permissions}' is no octal mode such as '0600'."
        raise ResourceFailed(text) from None
