"""`slipway env`: the variables for plain Pulumi."""

from __future__ import annotations

from operations.commands.arguments import AsJson, Environment
from operations.project import DEFAULT_ENVIRONMENT


def env(environment: Environment = DEFAULT_ENVIRONMENT, *, as_json: AsJson = False) -> None:
    """Print the variables with which plain `pulumi` works on an environment.

    \b
    Examples:
      eval "$(slipway env)" && pulumi preview --stack local
      slipway env onprem --json
    """
    from operations.display import print_json
    from operations.shell_environment import ready_session, variables_json

    session = ready_session(environment)
    print_json(variables_json(session) if as_json else session.export_lines())
