"""The rules as data: which environments one changed file touches.

It deliberately asks neither git nor Pulumi: files and settings in, names out.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = Path(__file__).with_name("rules.yaml")
ENVIRONMENT_FILE = re.compile(r"environments/Pulumi\.(.+)\.yaml")


class Rule(BaseModel):
    """One rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pattern: str
    touches: Literal["all", "none", "named"]
    where: dict[str, Any] = Field(default_factory=dict)

    def matches(self, path: str) -> bool:
        """Say whether a path, relative to the checkout and with slashes, is one that the rule is about."""
        return bool(_expression(self.pattern).fullmatch(path))


@cache
def known_rules() -> tuple[Rule, ...]:
    """Return the rules of the file beside this one."""
    return tuple(Rule(**rule) for rule in yaml.safe_load(FILE.read_text(encoding="utf-8"))["rules"])


def rule_of(path: str) -> Rule:
    """Return the first rule that matches a path; what no rule knows touches everything."""
    return next((rule for rule in known_rules() if rule.matches(path)), Rule(pattern="**", touches="all"))


def touched(path: str, environments: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Return the environments that one changed file touches.

    Args:
        path: The file, relative to the checkout.
        environments: The settings of every environment, by name; empty where its file has mistakes.
    """
    rule = rule_of(path)
    if rule.touches == "none":
        return set()
    if rule.touches == "named":
        named = ENVIRONMENT_FILE.fullmatch(path)
        return {named[1]} & environments.keys() if named else set()
    # What cannot be read might well be touched: its preview then says what is wrong.
    return {name for name, settings in environments.items() if not settings or _meets(settings, rule.where)}


def _meets(settings: Mapping[str, Any], where: Mapping[str, Any]) -> bool:
    return all(_setting(settings, key) == value for key, value in where.items())


def _setting(settings: Any, key: str) -> Any:  # noqa: ANN401 - settings are dynamic here
    for step in key.split("."):
        settings = settings.get(step) if isinstance(settings, dict) else None
    return settings


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    tokens = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(parts.get(token, re.escape(token)) for token in tokens))
