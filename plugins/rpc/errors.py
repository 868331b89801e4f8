"""The two ways in which an operation on a resource can fail.

Anything else that escapes a resource is a defect of the plugin and is reported as one.
"""

from collections.abc import Sequence
from typing import Any


class ResourceFailed(Exception):  # noqa: N818 - what happened to the resource, in the engine's words
    """Nothing was made or changed; the text says what, where, what was expected and what to do."""


class InitializationFailed(Exception):  # noqa: N818 - likewise
    """The object exists, but did not become ready; the engine keeps it in the state and tries again."""

    def __init__(
        self,
        *,
        id: str,  # noqa: A002 - the engine's own word
        outputs: dict[str, Any],
        inputs: dict[str, Any],
        reasons: Sequence[str],
    ) -> None:
        super().__init__("; ".join(reasons))
        self.id = id
        self.outputs = outputs
        self.inputs = inputs
        self.reasons = tuple(reasons)
