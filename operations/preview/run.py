"""`slipway preview`: Pulumi's preview with its own display and exit code, and the page made of its events.

It deliberately changes nothing: a stack that does not exist yet is made, as the CLI previews no other.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from operations import emulated_cloud, pulumi_cli
from operations.display import working
from operations.exit_code import ExitCode
from operations.policy_pack import policy_arguments
from operations.preparation import create_stack, prepare
from operations.preview.document import Form, form_of, written
from operations.project import find_project
from operations.session import open_session
from operations.stack_state import read_state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from operations.preview.finding import Finding
    from operations.preview.page import Page
    from operations.session import Session

KUBERNETES_TOOL = "kubelet"
"""Its pinned version is that of the clusters."""


@dataclass(frozen=True)
class PreviewOptions:
    """What the user asked for."""

    flags: Sequence[str] = ()
    """Passed on to the CLI."""
    form: Form | None = None
    output: Path | None = None
    policies: bool = True
    foresight: bool = True


def preview(environment: str, options: PreviewOptions, console: Console) -> int:
    """Run the preview and return the CLI's exit code.

    Raises:
        OperationFailedError: It cannot begin, or the page cannot be written.
        stacks.settings.SettingsError: The environment's file has mistakes.
    """
    from stacks import settings  # noqa: PLC0415 - keeps `--help` quick

    form = form_of(options.form, options.output)
    project = find_project()
    emulated_cloud.bring(environment, settings.load_file(project.stack_file(environment)), console)
    session = open_session(environment, project=project)
    prepare(session)
    # Read without regard to locks: a preview takes none, so it may run beside an update.
    if read_state(session) is None:
        console.print(f"'{environment}' does not exist yet; everything would be new.", markup=False)
        create_stack(session)
    page = _page(session, options, console)
    if page.exit_code == ExitCode.ERROR and (advice := pulumi_cli.advice(session)):
        console.print(advice, markup=False)
    _hand_over(page, form, options.output, console)
    return page.exit_code


def _page(session: Session, options: PreviewOptions, console: Console) -> Page:
    from operations.preview.engine_events import VARIABLES, read_plan  # noqa: PLC0415 - loaded while Pulumi runs
    from operations.preview.page import make_page  # noqa: PLC0415

    # Events hold no secrets, but more than others need to know: in the private directory, and gone at the end.
    with tempfile.TemporaryDirectory(prefix="preview-", dir=session.directory) as directory:
        log = Path(directory) / "events"
        arguments = ["--stack", session.environment, "--event-log", str(log), *options.flags]
        if options.policies:
            arguments += policy_arguments(session.project)
        # A page on standard output is alone there.
        alone = options.form is not None and options.output is None
        code = pulumi_cli.run(session, "preview", *arguments, output=sys.stderr if alone else None, variables=VARIABLES)
        lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    plan = read_plan(lines)
    findings: list[Finding] = []
    silent: list[str] = []
    if options.foresight and plan.resources:
        from operations.preview.foresight.foresee import foresee  # noqa: PLC0415 - only where it is wanted
        from operations.preview.foresight.live import read_live  # noqa: PLC0415

        with working(console, "Looking ahead"):
            findings, silent = foresee(plan, read_live(session), kubernetes_version=_kubernetes_version())
    return make_page(
        session.environment, plan, exit_code=code, foresight=findings, not_foreseen=silent, region=_region()
    )


def _region() -> str | None:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")


def _kubernetes_version() -> str:
    from toolchain.definition import load_tools  # noqa: PLC0415 - keeps `--help` quick

    return next(tool.version for tool in load_tools().tool if tool.name == KUBERNETES_TOOL)


def _hand_over(page: Page, form: Form | None, output: Path | None, console: Console) -> None:
    if form is None or output is not None:
        from operations.preview.terminal import show  # noqa: PLC0415 - only for people

        show(page, console)
    if form is None:
        return
    if output is None:
        sys.stdout.write(written(page, form))
        sys.stdout.flush()
        return
    output.write_text(written(page, form), encoding="utf-8")
    console.print(f"The page is in {output}", markup=False)
