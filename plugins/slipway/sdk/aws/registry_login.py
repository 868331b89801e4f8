"""The function ``getRegistryLogin``: how to log in to the registry of an account.

It asks the plugin, which asks AWS: a preview needs credentials for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

if TYPE_CHECKING:
    from plugins.slipway.sdk.aws.provider import AwsProvider


@dataclass(frozen=True)
class RegistryLogin:
    """A login that AWS takes for twelve hours."""

    server: str
    """Name of the registry, without a scheme."""
    user: str
    password: str
    expires_at: str
    """RFC 3339, UTC."""


def get_registry_login(*, provider: AwsProvider | None = None) -> pulumi.Output[RegistryLogin]:
    """Return a login, which is a secret; another one each time, so no input of a resource that compares it.

    Args:
        provider: Which account and region; the environment's when absent.
    """
    options = pulumi.InvokeOutputOptions(provider=provider)
    found = pulumi.runtime.invoke_output("slipway:aws:getRegistryLogin", {}, options)
    login = found.apply(lambda each: RegistryLogin(each["server"], each["user"], each["password"], each["expiresAt"]))
    return pulumi.Output.secret(login)
