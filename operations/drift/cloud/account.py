"""Clients of AWS for the account, region and role that the state's provider names; credentials the usual AWS way.

It deliberately makes clients only: what is asked is for the modules that ask.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS = 5
READ_SECONDS = 30
ATTEMPTS = 4


@dataclass
class Account:
    """AWS as one provider of the stack sees it.

    Attributes:
        inputs: The provider's recorded inputs.
        emulated: The variables that lead to an emulated cloud; empty for AWS itself.
    """

    inputs: Mapping[str, Any]
    emulated: Mapping[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)
    _session: Any = field(default=None, repr=False)

    def client(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401 - botocore makes clients at run time
        """Return a client; it asks AWS nothing yet, unless a role has to be taken on first.

        Raises:
            botocore.exceptions.BotoCoreError: There are no credentials.
            botocore.exceptions.ClientError: The role is refused.
        """
        with self._lock:
            if (service, region or "") not in self._clients:
                self._clients[service, region or ""] = self._new(service, region)
            return self._clients[service, region or ""]

    def _new(self, service: str, region: str | None) -> Any:  # noqa: ANN401 - likewise
        if self._session is None:
            self._session = self._in_role(self._plain())
        return self._session.client(service, region_name=region, **self._options)

    def _plain(self) -> Any:  # noqa: ANN401 - likewise
        import boto3  # noqa: PLC0415 - most environments are in no cloud

        known = self.emulated
        return boto3.Session(
            aws_access_key_id=known.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=known.get("AWS_SECRET_ACCESS_KEY"),
            profile_name=self.inputs.get("profile"),
            region_name=self.inputs.get("region"),
        )

    def _in_role(self, session: Any) -> Any:  # noqa: ANN401 - likewise
        role = self.inputs.get("roleArn")
        if not role:
            return session
        import boto3  # noqa: PLC0415 - as above

        # Its hour is longer than any drift run.
        answer = session.client("sts", **self._options).assume_role(RoleArn=role, RoleSessionName="slipway-drift")
        given = answer["Credentials"]
        return boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=self.inputs.get("region"),
        )

    @property
    def _options(self) -> dict[str, Any]:
        from botocore.config import Config  # noqa: PLC0415 - as above

        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            user_agent_extra="slipway",
        )
        options = {"endpoint_url": self.inputs.get("endpointUrl"), "verify": self.emulated.get("AWS_CA_BUNDLE")}
        return {"config": config, **{key: value for key, value in options.items() if value}}
