"""The page as one self-contained HTML file, in light and dark, without a script.

It deliberately keeps all markup in the template; values are escaped there, whatever they hold.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from operations.preview.cost import words
from operations.preview.markdown import SIGNS, headline

if TYPE_CHECKING:
    from operations.preview.page import Page


def to_html(page: Page) -> str:
    """Return the page."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return templates.get_template("page.html.j2").render(page=page, headline=headline(page), signs=SIGNS, words=words)
