"""Renders variables as a file for ``ansible-playbook --extra-vars @file``.

Every text in it is marked as data: Ansible must not evaluate Jinja that a password happens to contain.
"""

from typing import Any

import yaml


class _Text(str):
    """A text that Ansible must not take for a template."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes such texts with Ansible's ``!unsafe`` tag."""


_Dumper.add_representer(_Text, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"'))


def extra_variables(variables: dict[str, Any]) -> str:
    """Return the YAML of the variables."""
    return yaml.dump({str(name): _data(value) for name, value in variables.items()}, Dumper=_Dumper)


def _data(value: Any) -> Any:  # noqa: ANN401 - property values are dynamic
    if isinstance(value, str):
        return _Text(value) if "{" in value else value
    if isinstance(value, dict):
        return {str(key): _data(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_data(item) for item in value]
    return value
