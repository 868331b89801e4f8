"""Makes one clear message of what botocore raises: which resource, which API action, what AWS says, what to do.

It decides on no retries. Nothing of a credential is ever part of a message.
"""

from __future__ import annotations

import re
from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own word
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
)

from plugins.rpc.errors import ResourceFailed
from plugins.slipway.aws.actions import action_of

_LOG_IN: Final = "Log in again (aws sso login, or new AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN)."
_FIRST_LOG_IN: Final = (
    "Give them the usual way: AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, 'aws configure', or a role."
)
# The first expression that matches the whole code gives the advice; {action} is the API action.
_ADVICE: Final = (
    (r"ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired", f"The credentials have expired. {_LOG_IN}"),
    (
        r"AuthFailure|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|SignatureDoesNotMatch",
        f"AWS does not know these credentials. {_LOG_IN} A clock that is off by minutes has the same effect.",
    ),
    (
        r"UnauthorizedOperation|AccessDenied(Exception)?|UnauthorizedAccess|Forbidden|403",
        (
            "Allow the action {action} to whoever runs this (docs/aws-resources.md has the whole policy); a boundary "
            "or an organization's policy may forbid it as well."
        ),
    ),
    (r"Throttl.*|RequestLimitExceeded|TooManyRequests.*|SlowDown", "AWS still throttles after two minutes: run again."),
    (
        r"VcpuLimitExceeded|InstanceLimitExceeded|MaxSpotInstanceCountExceeded",
        (
            "Ask for a higher quota of EC2 (Service Quotas: 'Running ... instances'), use smaller or fewer machines, "
            "or another instance type."
        ),
    ),
    (
        r".*LimitExceeded(Exception)?|LimitExceeded|ServiceQuotaExceeded(Exception)?|.*QuotaExceeded|TooMany(?!Requests).*",
        "A quota of the account is used up: ask for a higher one (Service Quotas), or remove what nobody needs.",
    ),
    (
        r"InsufficientInstanceCapacity|InsufficientHostCapacity|SpotMaxPriceTooLow|InsufficientCapacity",
        (
            "AWS has no such machine there now: try another zone or another instance type, on demand in place of spot, "
            "or try again later."
        ),
    ),
    (
        r"InvalidInstanceType|InvalidParameterValue\.InstanceType|Unsupported",
        "Look up which types the region and zone offer: aws ec2 describe-instance-type-offerings.",
    ),
    (r"InvalidZone\.NotFound", "See aws ec2 describe-availability-zones for the zones of the region."),
    (r"InvalidAMIID\..*", "Images belong to one region: look up the id there (aws ec2 describe-images)."),
    (r"OptInRequired|PendingVerification|Blocked", "The account is not ready for this: look into its console."),
)
_STEPS: Final = (
    ((NoCredentialsError, PartialCredentialsError), _FIRST_LOG_IN),
    ((CredentialRetrievalError, SSOError), _LOG_IN),
    ((ProfileNotFound,), "See 'aws configure list-profiles', or set AWS_PROFILE."),
    ((NoRegionError,), "Set 'region' of the provider, AWS_REGION, or one in ~/.aws/config."),
    (
        (ConnectionError, HTTPClientError),
        "Check the network, the region's name and the endpoint (endpointUrl, AWS_ENDPOINT_URL).",
    ),
    ((ParamValidationError,), "Correct the inputs."),
)
_SERVER_IN_TROUBLE: Final = 500
_ENCODED: Final = re.compile(r"\s*Encoded authorization failure message: \S+")
_MISSING: Final = re.compile(r".*(NotFound|NoSuch).*|404")


class NothingMade(ResourceFailed):
    """What was asked for came to nothing, and nothing of it is left."""


class AwsFailed(ResourceFailed):
    """A request that AWS refused, or that never got there (``code`` is then '')."""

    def __init__(
        self, text: str, *, code: str = "", action: str = "", lost: bool = False, unsent: bool = False
    ) -> None:
        super().__init__(text)
        self.code = code
        self.action = action
        self.lost = lost
        """Whether nobody knows what came of it: no answer, or that of a server in trouble."""
        self.unsent = unsent
        """Whether the server was not even reached."""

    @property
    def missing(self) -> bool:
        """Whether AWS says that the thing is not there."""
        return bool(_MISSING.fullmatch(self.code))


def translated(error: BotoCoreError | ClientError, who: str, service: str, method: str) -> AwsFailed:
    """Return the error that people see; ``who`` is the resource."""
    named = "".join(part.capitalize() for part in method.split("_"))
    operation = error.operation_name if isinstance(error, ClientError) else named
    if operation.startswith("AssumeRole"):
        service = "sts"  # any service's first request takes on the role
    action = action_of(service, operation)
    if isinstance(error, ClientError):
        answer, status = error.response.get("Error", {}), error.response["ResponseMetadata"]["HTTPStatusCode"]
        code, text = str(answer.get("Code", "")), _ENCODED.sub("", str(answer.get("Message", "")))
        advice = _advice(code).format(action=action)
        said = f"{who}: {action} was refused with {code}: {text.strip()}"
        return AwsFailed(
            f"{said}\n{advice}" if advice else said, code=code, action=action, lost=status >= _SERVER_IN_TROUBLE
        )
    unsent = isinstance(error, (EndpointConnectionError, ConnectTimeoutError))
    lost = not unsent and isinstance(error, (ConnectionError, HTTPClientError))
    return AwsFailed(
        f"{who}: {action} could not be sent. {error}\n{_next_step(error)}".rstrip(),
        action=action,
        lost=lost,
        unsent=unsent,
    )


def _advice(code: str) -> str:
    return next((advice for expression, advice in _ADVICE if re.fullmatch(expression, code)), "")


def _next_step(error: BotoCoreError) -> str:
    for kinds, step in _STEPS:
        if isinstance(error, kinds):
            return step
    return ""
