"""Tells a webhook about differences that the run before did not have.

It deliberately never fails a run: whoever waits for the webhook must not lose the report because of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import stamina

from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operations.drift.finding import DriftReport

VARIABLE = "SLIPWAY_DRIFT_WEBHOOK"
ATTEMPTS = 4
TIMEOUT_SECONDS = 10.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def webhook_address(environment: Mapping[str, str]) -> str | None:
    """Return the address from the variables of this process; it may hold a token, so it is never an argument.

    Raises:
        OperationFailedError: It is none that can be trusted with a report.
    """
    url = environment.get(VARIABLE, "").strip()
    if not url:
        return None
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        return url
    raise OperationFailedError(
        f"{VARIABLE} is no address that a report can be sent to: expected https://host/path, or http to this machine. "
        "Nothing was compared.",
        ExitCode.CONFIGURATION,
    )


def tell(url: str, report: DriftReport, *, at: str | None = None) -> str | None:
    """Send what is new; return what went wrong, without the address, or None.

    The server's certificate is always verified; a CA of one's own comes with `SSL_CERT_FILE`, as everywhere.

    Args:
        url: Where to.
        report: What a run found.
        at: IP address to connect to, where the name in the URL does not resolve; the certificate is still the name's.
    """
    if not report.new:
        return None
    host = urlsplit(url).hostname
    try:
        _post(url, message(report), at)
    except httpx.HTTPStatusError as error:
        return f"The webhook at {host} answered {error.response.status_code}; {len(report.new)} new differences untold."
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error).replace(url, "the address") or type(error).__name__
        return f"The webhook at {host} cannot be reached: {reason}; {len(report.new)} new differences untold."
    return None


def message(report: DriftReport) -> str:
    """Return the body: what is new in full, and how much there is in all."""
    new = [
        finding.model_dump(mode="json", by_alias=True) for finding in report.findings if finding.key in {*report.new}
    ]
    by_layer = {layer: sum(one.layer == layer for one in report.findings) for layer in report.layers}
    return json.dumps(
        {
            "text": f"{report.environment}: {len(new)} new differences, {len(report.findings)} in all",
            "environment": report.environment,
            "checkedAt": report.checked_at.isoformat(),
            "findings": by_layer,
            "new": new,
        }
    )


def _is_worth_another_try(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (408, 429) or error.response.status_code >= 500  # noqa: PLR2004
    return isinstance(error, httpx.TransportError)


@stamina.retry(on=_is_worth_another_try, attempts=ATTEMPTS, wait_initial=0.5, wait_max=5.0, timeout=60.0)
def _post(url: str, body: str, at: str | None) -> None:
    wanted = httpx.URL(url)
    headers = {"Content-Type": "application/json", "User-Agent": "slipway-drift", "Host": wanted.netloc.decode()}
    with httpx.Client(timeout=TIMEOUT_SECONDS) as http:
        answer = http.post(
            wanted.copy_with(host=at) if at else wanted,
            content=body,
            headers=headers,
            extensions={"sni_hostname": wanted.host},
        )
        answer.raise_for_status()
