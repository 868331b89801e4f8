"""The option strictMode: every provider must be made by the program and name its kubeconfig and context.

It protects from acting on whichever cluster the ambient kubeconfig names, and judges nothing else.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/provider.go, CheckConfig.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.resource import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

# The engine's own providers are called default, or default_4_34_2.
_DEFAULT_PROVIDER: Final = re.compile(r"default(_[0-9].*)?\Z")


def strict_failures(
    provider_name: str, news: dict[str, Any], environment: Mapping[str, str] | None = None
) -> list[Failure]:
    """Return what strict mode forbids about a provider; nothing where it is not on.

    Args:
        provider_name: The provider's name in the program.
        news: Its inputs.
        environment: Where the engine leaves the stack's ``kubernetes:`` configuration, as JSON in PULUMI_CONFIG.
    """
    if not _is_on(news, os.environ if environment is None else environment):
        return []
    found = []
    if _DEFAULT_PROVIDER.match(provider_name):
        found.append(Failure("", "strictMode prohibits the default provider: make a kubernetes.Provider and pass it."))
    return found + [
        Failure(key, f"strictMode requires the Provider's argument {key!r}.")
        for key in ("kubeconfig", "context")
        if not news.get(key)
    ]


def _is_on(news: dict[str, Any], environment: Mapping[str, str]) -> bool:
    value = news.get("strictMode")
    if value is None:
        try:
            configured = json.loads(environment.get("PULUMI_CONFIG") or "{}")
        except ValueError:
            return False
        value = configured.get("strictMode") if isinstance(configured, dict) else None
    return value in (True, "true")
