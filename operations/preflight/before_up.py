"""Looks at an environment's hosts on behalf of a command, and keeps an update from beginning when one is unfit.

It needs no set-up and no Pulumi: where the state directory is says the environment alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from operations.failure import OperationFailedError
from operations.project import check_environment_name, find_project

if TYPE_CHECKING:
    from collections.abc import Callable

    from operations.preflight.finding import Report


def look_at_hosts(environment: str, accept: Callable[[str, str], bool] | None = None) -> Report:
    """Return what is in the way on an environment's hosts; nothing is in a place that makes its own machines.

    Args:
        environment: Its name.
        accept: Asked with host and fingerprint for each host key that nobody has confirmed; nobody is asked when None.

    Raises:
        OperationFailedError: There is no such environment.
        stacks.settings.SettingsError: Its file has mistakes.
    """
    from operations.preflight.check import look  # noqa: PLC0415 - keeps `--help` quick
    from stacks import settings  # noqa: PLC0415 - likewise
    from toolchain.places import state_directory  # noqa: PLC0415 - likewise

    check_environment_name(environment)
    wanted = settings.load_file(find_project().stack_file(environment))
    known_hosts = state_directory() / "environments" / environment / "known_hosts"
    asked = (lambda target, fingerprint: accept(target.name, fingerprint)) if accept else None
    return look(environment, wanted, known_hosts, asked)


def refuse_unready_hosts(environment: str) -> None:
    """Keep an update from beginning.

    Raises:
        OperationFailedError: Something is in the way on a host; all of it is listed.
    """
    report = look_at_hosts(environment)
    if not report.passed:
        lines = "\n".join(f"  - {finding.host}: {finding.check}: {finding.detail}" for finding in report.errors)
        count = "1 thing is" if len(report.errors) == 1 else f"{len(report.errors)} things are"
        raise OperationFailedError(f"{count} in the way on the hosts of '{environment}', nothing was changed:\n{lines}")
