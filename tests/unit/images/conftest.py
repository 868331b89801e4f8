"""A cache, tools and recipes for each test: small, but read and built by the real code. Nothing here is a stand-in."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from toolchain.images.build import ImageOutcome, build_all

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Workshop:
    """Where one test builds images."""

    recipes: Path
    tools: Path
    cache: Path

    def recipe(self, name: str, text: str, files: dict[str, str] | None = None) -> Path:
        """Write a recipe and the files of its folder."""
        folder = self.recipes / name
        for relative, content in {"image.toml": text, **(files or {})}.items():
            (folder / relative).parent.mkdir(parents=True, exist_ok=True)
            (folder / relative).write_text(content, encoding="utf-8")
        return folder

    def tool(self, name: str, content: bytes) -> Path:
        """Write an executable of the toolchain."""
        (self.tools / name).write_bytes(content)
        return self.tools / name

    def build(self) -> dict[str, ImageOutcome]:
        """Build all recipes that were written."""
        outcomes = build_all(Console(file=io.StringIO()), recipes=self.recipes)
        return {outcome.name: outcome for outcome in outcomes}


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    made = Workshop(tmp_path / "recipes", tmp_path / "tools", tmp_path / "cache")
    made.recipes.mkdir()
    made.tools.mkdir()
    monkeypatch.setenv("SLIPWAY_CACHE", str(made.cache))
    monkeypatch.setenv("SLIPWAY_TOOLS_DIRECTORY", str(made.tools))
    return made
