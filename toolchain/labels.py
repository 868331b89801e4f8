"""What everything of slipway in a container engine carries, so that `slipway list` and `slipway destroy` find it.

The place `containers` says the same of what its Pulumi program makes.
"""

from typing import Final

PROJECT: Final = "io.slipway.project"
ENVIRONMENT: Final = "io.slipway.environment"
OWNER: Final = "slipway"
"""The value of the first; the tests' things have others."""
