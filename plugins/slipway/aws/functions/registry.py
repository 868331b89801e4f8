"""The function ``getRegistryLogin``: how to log in to the account's registry for the next twelve hours.

It remembers nothing. Every call gets another password, so a resource that stores one changes in every run.
"""

from __future__ import annotations

import base64
import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from plugins.rpc.values import Secret
from plugins.slipway.aws.api import Api

if TYPE_CHECKING:
    from plugins.rpc.resource import Context, Properties
    from plugins.slipway.aws.account import Account


async def get_registry_login(account: Account, ctx: Context, args: Properties) -> dict[str, Any]:
    """Return ``server``, ``user``, ``password`` (a secret) and ``expiresAt`` (RFC 3339, UTC).

    Raises:
        AwsFailed: AWS refused it, or could not be reached.
    """
    del args
    api = Api(account, ctx, "getRegistryLogin", limit_seconds=60)
    answer = await api.call("ecr", "get_authorization_token")
    login = answer["authorizationData"][0]
    user, _, password = base64.b64decode(login["authorizationToken"]).decode().partition(":")
    endpoint = urlsplit(login["proxyEndpoint"])
    return {
        "server": endpoint.netloc or endpoint.path,
        "user": user,
        "password": Secret(password),
        "expiresAt": login["expiresAt"].astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
