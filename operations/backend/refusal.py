"""Says why a bucket cannot hold Pulumi's state, in words for the person on call.

It deliberately never repeats a request or its headers: those carry what only AWS should see.
"""

from __future__ import annotations

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
)

EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"})
UNKNOWN = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "UnrecognizedClientException"})
DENIED = frozenset({"AccessDenied", "AllAccessDisabled", "403"})
MISSING = frozenset({"NoSuchBucket", "404"})
ELSEWHERE = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "301"})
ACTIONS = "s3:ListBucket on the bucket, s3:GetObject, s3:PutObject and s3:DeleteObject on its objects"


def refusal(error: Exception, bucket: str, region: str, endpoint: str) -> str:
    """Return what is wrong, where, and what to do next."""
    where = f"Pulumi's state is kept in the bucket '{bucket}' ({region or 'no region'})"
    return f"{where}, and {_reason(error, bucket, endpoint)}"


def _reason(error: Exception, bucket: str, endpoint: str) -> str:
    if isinstance(error, ClientError):
        return _answer(error, bucket)
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return (
            "there are no complete AWS credentials. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or log in with: aws sso login"
        )
    if isinstance(error, ProfileNotFound):
        return f"{error}. Add it to ~/.aws/config, or name another one in the backend URL or AWS_PROFILE."
    if isinstance(error, EndpointConnectionError | ConnectTimeoutError | ReadTimeoutError):
        return (
            f"nothing answers at {endpoint}. Check the network, and `endpoint` in the backend URL or AWS_ENDPOINT_URL."
        )
    return f"it cannot be reached: {error}. Check the backend URL."


def _answer(error: ClientError, bucket: str) -> str:
    code, text = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    said = f"({error.operation_name}: {code} {text})".replace(" )", ")")
    if code in MISSING:
        return f"there is no such bucket. Make it, or correct the backend URL. With versions: {_make(bucket)}"
    if code in EXPIRED:
        return f"the AWS credentials have expired {said}. Log in again, for example with: aws sso login"
    if code in UNKNOWN:
        return f"AWS does not know the credentials {said}. Check AWS_PROFILE and AWS_ACCESS_KEY_ID."
    if code in DENIED:
        return f"these credentials may not use it {said}. Allow {ACTIONS}."
    if code in ELSEWHERE:
        return f"the bucket is in another region {said}. Put the right one into the backend URL: region=..."
    return f"S3 refused {said}."


def _make(bucket: str) -> str:
    return (
        f"aws s3 mb s3://{bucket} && aws s3api put-bucket-versioning --bucket {bucket} "
        "--versioning-configuration Status=Enabled"
    )
