"""`slipway slo`: the error budget of an environment and what spent it."""

from __future__ import annotations

from operations.commands.arguments import AsJson, Environment
from operations.project import DEFAULT_ENVIRONMENT


def slo(environment: Environment = DEFAULT_ENVIRONMENT, *, as_json: AsJson = False) -> None:
    """Show what users noticed of changes to an environment, and what is left of the month's error budget.

    \b
    Examples:
      slipway slo
      slipway slo onprem --json | jq .leftSeconds
    """
    import json

    from operations.availability import table
    from operations.availability.watch import record_spent, runs_of
    from operations.display import print_json, progress_console
    from operations.session import open_session
    from stacks import settings

    session = open_session(environment)
    objective = settings.load_file(session.project.stack_file(environment)).slo.objective
    budget, runs = record_spent(session, objective), runs_of(session)
    if as_json:
        listed = [run.model_dump(mode="json", by_alias=True) for run in runs]
        print_json(json.dumps({"environment": environment, **budget.as_output(), "runs": listed}, indent=2))
    else:
        table.show(environment, budget, runs, progress_console(as_json=False))
