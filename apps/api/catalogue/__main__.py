"""`python3 -m catalogue`: reads the settings and serves.

It deliberately has no options: environment variables are the interface.
"""

import sys

from pydantic import ValidationError

from .serving import serve
from .settings import Settings, SettingsError


def main() -> int:
    """Serve; returns the exit code."""
    try:
        serve(Settings())
    except (SettingsError, ValidationError) as error:
        sys.stderr.write(f"catalogue cannot start. {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
