"""What the drift watch compares with: recorded objects, nodes and ignore entries, packed into one file.

It deliberately leaves out Secrets, which the watch may not list, and everything that is no Kubernetes object.
"""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from operations.drift.ignore import Entry, IgnoreList
from operations.drift.resource import Resource  # noqa: TC001 - likewise

FILE = "recorded.json.gz"


class Record(BaseModel):
    """What one update left behind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: str
    at: datetime
    """By the API server's clock."""
    key: str
    """Of the hashes."""
    machines: list[dict[str, Any]]
    ignore: list[Entry]
    resources: list[Resource]

    def ignore_list(self) -> IgnoreList:
        """Return the entries that have not ended; what an ended one covered is drift again."""
        today = datetime.now(UTC).date()
        return IgnoreList(tuple(entry for entry in self.ignore if entry.until >= today))


def pack(record: Record) -> bytes:
    """Return a record as a file."""
    return gzip.compress(record.model_dump_json().encode(), mtime=0)


def unpack(content: bytes) -> Record:
    """Read a record.

    Raises:
        ValueError: It is none that this version knows.
    """
    try:
        return Record.model_validate_json(gzip.decompress(content))
    except (OSError, EOFError) as error:
        raise ValueError(str(error)) from None
