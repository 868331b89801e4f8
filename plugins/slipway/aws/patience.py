"""Which failed requests are tried again, and for how long.

It waits for nothing itself: see ``api``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from plugins.slipway.aws.failure import AwsFailed

# EC2 fills its buckets again within seconds, but many resources may be waiting for the same one.
THROTTLED_SECONDS: Final = 120.0
# How long AWS may deny a thing that it has just made.
UNSEEN_SECONDS: Final = 30.0
# A network or an endpoint that is away for a moment.
LOST_SECONDS: Final = 10.0

_THROTTLED: Final = re.compile(r"Throttl.*|RequestLimitExceeded|TooManyRequests.*|SlowDown|BandwidthLimitExceeded")
# A wrong image or zone is the user's mistake, and none that time heals.
_FINAL: Final = frozenset({"InvalidAMIID.NotFound", "InvalidZone.NotFound"})
_MAKING: Final = ("create_", "allocate_", "import_", "run_")
_TOKENS: Final = frozenset({"ClientToken", "CallerReference", "CreateToken"})


def repeatable(method: str, parameters: dict[str, Any]) -> bool:
    """Say whether a request whose answer got lost can be sent again: not if that might make a second thing."""
    return not method.startswith(_MAKING) or bool(_TOKENS & parameters.keys())


@dataclass(frozen=True)
class Patience:
    """What one request may wait for."""

    unseen: bool = False
    """Whether something that is not there may just not be visible yet, as after its creation."""
    repeatable: bool = True
    """Whether the request does no harm when it is sent twice."""

    def seconds(self, failed: AwsFailed) -> float:
        """Return how long to try again after this failure; 0 is not at all."""
        if _THROTTLED.fullmatch(failed.code):
            return THROTTLED_SECONDS
        if failed.unsent or (failed.lost and self.repeatable):
            return LOST_SECONDS
        return UNSEEN_SECONDS if self.unseen and _may_come(failed) else 0


def _may_come(failed: AwsFailed) -> bool:
    """Say whether AWS may only not see yet what exists; a fresh instance profile has an error of its own."""
    if failed.code == "InvalidParameterValue":
        return "iamInstanceProfile" in str(failed) or "Invalid IAM Instance Profile" in str(failed)
    return failed.missing and failed.code not in _FINAL
