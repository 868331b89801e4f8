"""What foresight has to say about an update before it happens.

It deliberately does not change the exit code, which is Pulumi's: people decide.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

Check = Literal["fit", "drain", "taint", "image", "api-version", "certificate"]
Severity = Literal["error", "warning", "notice"]
"""An error: the update would fail or break something. A warning: later. A notice: the update itself mends it."""


class Finding(BaseModel):
    """One thing that is known before."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    check: Check
    severity: Severity
    about: str
    """Which object, node or certificate."""
    text: str
    advice: str
    """What to do about it."""
