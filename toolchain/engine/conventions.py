"""What the program's process, the language host and whoever starts the CLI agree on.

It holds no code, so that each can load it without loading the others.
"""

from typing import Final

EXIT_ALREADY_REPORTED: Final = 32
"""The error has been shown through the engine; the host must not show it again."""

WITHOUT_DEBUG_MESSAGES: Final = "SLIPWAY_WITHOUT_DEBUG_MESSAGES"
"""Variable of the environment, set by whoever starts the CLI without ``--debug``. The SDK sends the engine several such
messages for each resource and waits for an answer to every one: a fifth of the program's time, for nobody to read."""
