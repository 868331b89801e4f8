"""What the program's process and the language host agree on.

It holds no code, so that both can load it without loading each other.
"""

from typing import Final

EXIT_ALREADY_REPORTED: Final = 32
"""The error has been shown through the engine; the host must not show it again."""
