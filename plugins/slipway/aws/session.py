"""Makes botocore's session: credentials, region and profile the usual AWS way, and a role to take on, if any.

Credentials stay inside botocore; nothing here prints, stores or passes them on.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import NoCredentialsError

if TYPE_CHECKING:
    from plugins.slipway.aws.settings import Settings


def new_session(settings: Settings) -> botocore.session.Session:
    """Return a session for these settings; asks AWS nothing yet."""
    # It would print the traceback of a role that is refused, which the error of the request tells in one line.
    logging.getLogger("botocore.credentials").setLevel(logging.ERROR)
    session = _plain(settings)
    if settings.role_arn:
        resolver = CredentialResolver([_AssumedRole(settings)])
        session.register_component("credential_provider", resolver)
    return session


def _plain(settings: Settings) -> botocore.session.Session:
    session = botocore.session.Session(profile=settings.profile or None)
    # AWS's other tools read AWS_REGION; botocore knows AWS_DEFAULT_REGION alone.
    if region := settings.region or os.environ.get("AWS_REGION"):
        session.set_config_variable("region", region)
    return session


class _AssumedRole(CredentialProvider):
    """Takes on a role with the credentials that are there, and again before its own end."""

    METHOD = "assume-role"

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings

    def load(self) -> Any:  # noqa: ANN401 - as its base class
        source = _plain(self._settings)
        credentials = source.get_credentials()
        if credentials is None:
            raise NoCredentialsError

        def create_client(service: str, **more: Any) -> Any:  # noqa: ANN401 - clients are made at run time
            return source.create_client(service, endpoint_url=self._settings.endpoint_url or None, **more)

        fetcher = AssumeRoleCredentialFetcher(
            create_client, credentials, self._settings.role_arn, extra_args={"RoleSessionName": "slipway"}
        )
        return DeferredRefreshableCredentials(fetcher.fetch_credentials, self.METHOD)
