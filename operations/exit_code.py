"""The exit codes of the `slipway` command, which are those of Pulumi's CLI (pkg/cmd/pulumi/cmd/exit_codes.go).

It deliberately holds only the codes that slipway itself can end with; any other code of the CLI is passed on as it is.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Why a command ended."""

    OK = 0
    ERROR = 1
    CONFIGURATION = 2
    STACK_NOT_FOUND = 6
    CHANGES_NOT_EXPECTED = 7
    CANCELLED = 8
    TIMEOUT = 9
