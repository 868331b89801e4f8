"""The page in the form that was asked for, by name or by the ending of a file.

It deliberately knows three forms: Markdown for a comment, HTML for people, JSON for programs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from operations.preview.page import Page


class Form(StrEnum):
    """How a page is written."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


ENDINGS = {".md": Form.MARKDOWN, ".markdown": Form.MARKDOWN, ".html": Form.HTML, ".htm": Form.HTML, ".json": Form.JSON}


def named_form(name: str | None) -> Form | None:
    """Return the form of that name.

    Raises:
        OperationFailedError: There is none of that name.
    """
    short = {"md": Form.MARKDOWN}
    try:
        return None if name is None else short.get(name) or Form(name)
    except ValueError:
        raise OperationFailedError(
            f"--format {name}: there is no such form; expected {', '.join(Form)}.", ExitCode.CONFIGURATION
        ) from None


def form_of(form: Form | None, output: Path | None) -> Form | None:
    """Return the form to write; None when nobody asked for a page.

    Raises:
        OperationFailedError: The file's ending says nothing, and no form was named; or there is no such folder.
    """
    if output is None:
        return form
    if not output.absolute().parent.is_dir():
        raise OperationFailedError(
            f"{output} cannot be written: {output.absolute().parent} is no folder. Make it first.",
            ExitCode.CONFIGURATION,
        )
    found = form or ENDINGS.get(output.suffix.lower())
    if found is None:
        raise OperationFailedError(
            f"{output}: '{output.suffix}' says no form; expected {', '.join(ENDINGS)}, or --format beside it.",
            ExitCode.CONFIGURATION,
        )
    return found


def written(page: Page, form: Form) -> str:
    """Return the page in a form."""
    if form is Form.JSON:
        return page.model_dump_json(by_alias=True, indent=2) + "\n"
    if form is Form.HTML:
        from operations.preview.html import to_html  # noqa: PLC0415 - a template engine that others need not load

        return to_html(page)
    from operations.preview.markdown import to_markdown  # noqa: PLC0415 - likewise

    return to_markdown(page)
