"""Secrets belong into Secrets: ConfigMaps and literal variables are readable to whoever may list them.

It deliberately goes by names and by forms that nothing but a secret has; it never repeats a value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policies.kubernetes_object import UNKNOWN, mapping, sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.kubernetes_object import KubernetesObject

SECRET_NAME = re.compile(
    r"(^|[_.\-])(password|passwd|passphrase|secret|token|api[_\-]?key|private[_\-]?key)$", re.IGNORECASE
)
"""The last word counts: PASSWORD is a secret, PASSWORD_FILE and PASSWORD_LENGTH are none."""
SECRET_FORMS = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a login in an address": re.compile(r"[a-z][a-z0-9+.\-]*://[^/\s:@]+:[^/\s:@]+@", re.IGNORECASE),
    "a token": re.compile(r"\b(eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|gh[pousr]_\w{30,}|AKIA[0-9A-Z]{16}\b)"),
}


def no_secret_in_plain(each: KubernetesObject) -> Iterator[str]:
    """Find values in ConfigMaps, variables and command lines that look like secrets."""
    for where, name, value in _plain_values(each):
        found = _secret(name, value)
        if found:
            yield f"{where} holds {found}; put it into a Secret and refer to that"


def _plain_values(each: KubernetesObject) -> Iterator[tuple[str, str, object]]:
    if each.kind == "ConfigMap":
        for key, value in mapping(each.manifest.get("data")).items():
            yield f"entry '{key}'", key, value
    for container in each.containers():
        name = container.get("name")
        for variable in sequence(container.get("env")):
            key = str(mapping(variable).get("name", ""))
            yield f"container '{name}': variable '{key}'", key, mapping(variable).get("value")
        for word in (*sequence(container.get("command")), *sequence(container.get("args"))):
            key, _, value = str(word).lstrip("-").partition("=")
            yield f"container '{name}': argument '{key[:40]}'", key if value else "", value or word


def _secret(name: str, value: object) -> str | None:
    if not isinstance(value, str) or not value or value == UNKNOWN:
        return None
    if SECRET_NAME.search(name):
        return "what its name calls a secret"
    return next((what for what, form in SECRET_FORMS.items() if form.search(value)), None)
