"""Reads what an environment file says, and is the only reader of Pulumi's configuration.

It finds every mistake before any resource exists; it creates nothing and asks no machine.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from stacks.settings_hosts import completed, known_keys
from stacks.settings_model import Settings
from stacks.settings_problem import NAMESPACE, Key, Problem, from_pydantic
from stacks.settings_rules import violations

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

__all__ = ["Settings", "SettingsError", "from_pulumi", "known_keys", "load_file", "parse"]

ENVIRONMENT_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
"""It becomes part of DNS names and of the names of containers and networks."""
STACK_FILE = re.compile(r"Pulumi\.(?P<environment>.+)\.ya?ml")


class SettingsError(Exception):
    """Everything that is wrong with an environment file, one line each."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        listed = "\n".join(f"  - {problem}" for problem in problems)
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        super().__init__(f"{source} has {count}, nothing was changed (see docs/environments.md):\n{listed}")


def load_file(path: Path) -> Settings:
    """Read an environment file without Pulumi.

    Raises:
        SettingsError: the file is missing, no YAML, or has mistakes; all of them are listed.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise SettingsError(str(path), [f"cannot be read: {error.strerror}; expected a file"]) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(str(path), [f"is no YAML: {error}"]) from None
    entries = document.get("config", {}) if isinstance(document, dict) else document
    if not isinstance(entries, dict | None):
        raise SettingsError(str(path), ["has no configuration; expected 'config:' with entries such as slipway:place"])
    named = STACK_FILE.fullmatch(path.name)
    return parse(entries or {}, str(path), environment=named["environment"] if named else None)


def from_pulumi(stack: str) -> Settings:
    """Read the configuration that the engine passed to this program.

    Raises:
        SettingsError: see ``load_file``.
    """
    # pulumi.Config answers for single keys only; unknown keys can be found in the whole map alone.
    from pulumi.runtime.config import CONFIG  # noqa: PLC0415 - load_file works without the SDK

    return parse(CONFIG.get(), f"environments/Pulumi.{stack}.yaml", environment=stack)


def parse(entries: dict[Any, Any], source: str, *, environment: str | None = None) -> Settings:
    """Validate the entries of one configuration; keys of other namespaces belong to other tools.

    Args:
        entries: `slipway:<key>` -> a value, or its JSON as the engine passes lists and mappings.
        source: the file, for the error.
        environment: the environment's name where it is known, to be checked too.

    Raises:
        SettingsError: with every mistake.
    """
    prefix = f"{NAMESPACE}:"
    texts = {str(key): value for key, value in entries.items()}
    given = {key.removeprefix(prefix): value for key, value in texts.items() if key.startswith(prefix)}
    raw, unreadable = _decoded(given)
    settings, wrong = _validated(completed(raw))
    problems = [
        *_name_problems(environment),
        *(Problem((), _without_namespace(key)) for key in texts if ":" not in key),
        *_first_of_each_key([*unreadable, *wrong, *violations(raw)]),
    ]
    if settings is None or problems:
        raise SettingsError(source, [str(problem) for problem in problems])
    return settings


def _validated(raw: dict[str, Any]) -> tuple[Settings | None, list[Problem]]:
    try:
        return Settings.model_validate(raw), []
    except ValidationError as error:
        return None, [from_pydantic(detail, Settings) for detail in error.errors()]


def _decoded(given: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Turn JSON into values; the engine passes lists and mappings as such."""
    raw, problems = {}, []
    for key, value in given.items():
        if not (isinstance(value, str) and value.lstrip()[:1] in {"{", "["}):
            raw[key] = value
            continue
        try:
            raw[key] = json.loads(value)
        except ValueError as error:
            problems.append(Problem((key,), f"is no JSON ({error}); expected a complete list or mapping"))
    return raw, problems


def _first_of_each_key(problems: list[Problem]) -> list[Problem]:
    """Drop what follows from an earlier mistake at the same key."""
    first: dict[Key, Problem] = {}
    for problem in problems:
        first.setdefault(problem.key, problem)
    return list(first.values())


def _name_problems(environment: str | None) -> list[Problem]:
    if environment is None or ENVIRONMENT_NAME.fullmatch(environment):
        return []
    text = f"'{environment}' cannot be an environment; expected at most 32 lower-case letters, digits and '-'"
    return [Problem((), f"{text}, with a letter or digit at both ends")]


def _without_namespace(key: str) -> str:
    return f"'{key}' has no namespace; expected {NAMESPACE}:{key}"


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, as the engine does; PyYAML alone would take the last."""

    def construct_mapping(self, node: yaml.MappingNode, *args: Any, **more: Any) -> dict[Hashable, Any]:  # noqa: ANN401
        """Return the mapping; the arguments are those of the base class."""
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                line = key.start_mark.line + 1
                raise yaml.YAMLError(f"the key '{key.value}' stands twice (line {line}); expected each key once")
            seen.add(str(key.value))
        return super().construct_mapping(node, *args, **more)
