"""What the CronJob runs: prints one report as one line of JSON, or why there is none.

It ends with 0 when it could look at everything, drift or not: a Job that fails because it found something looks like
one that could not look. What it found is in the report, in the pod's termination message, and told to the webhook.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import stamina

from operations.drift import webhook
from operations.drift.watch import WEBHOOK_AT, WEBHOOK_URL, history
from operations.drift.watch.look import look
from operations.drift.watch.record import FILE, Record, unpack
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError

if TYPE_CHECKING:
    from operations.drift.finding import DriftReport

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
TERMINATION_MESSAGE = Path("/dev/termination-log")
TIMEOUT_SECONDS = 30.0


def main() -> int:
    """Look once and return the exit code: 0, 1 when something could not be looked at, 2 when nothing is recorded."""
    stamina.instrumentation.set_on_retry_hooks([])  # tries of the webhook: their end alone is told
    try:
        record = read_record(Path(os.environ["SLIPWAY_RECORDED"], FILE))
        report = asyncio.run(_look(os.environ["SLIPWAY_API_SERVER"], record))
    except OperationFailedError as error:
        return _ended(str(error), error.code)
    except httpx.HTTPError as error:
        return _ended(f"the API server cannot be asked: {error or type(error).__name__}", ExitCode.ERROR)
    sys.stdout.write(report.model_dump_json(by_alias=True) + "\n")
    sys.stdout.flush()  # before the webhook, which may hang
    _leave_message(" ".join([summary(report, record), *told(report, Path(os.environ["SLIPWAY_WEBHOOK"]))]))
    return ExitCode.ERROR if report.unchecked else ExitCode.OK


def read_record(path: Path) -> Record:
    """Read what `slipway up` left.

    Raises:
        OperationFailedError: It is not there, or of another version.
    """
    try:
        return unpack(path.read_bytes())
    except FileNotFoundError:
        why = "nothing is recorded yet"
    except ValueError:
        why = "what is recorded is of another version"
    raise OperationFailedError(f"{why}: it is with the next `slipway up`", ExitCode.CONFIGURATION)


def summary(report: DriftReport, record: Record) -> str:
    """Return the run in one line for people."""
    count, new = len(report.findings), len(report.new)
    told = f"drift: {count} differences, {new} of them new" if count else "no drift"
    hidden = f"; {len(report.unchecked)} parts not looked at" if report.unchecked else ""
    return f"{told} since {record.at:%Y-%m-%d %H:%M:%S} UTC{hidden}."


async def _look(server: str, record: Record) -> DriftReport:
    async with httpx.AsyncClient(
        base_url=server,
        headers={"Authorization": f"Bearer {(ACCOUNT / 'token').read_text()}"},
        verify=ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt")),
        timeout=TIMEOUT_SECONDS,
        trust_env=False,
    ) as http:
        return await look(http, record, await history.latest(http))


def told(report: DriftReport, directory: Path) -> list[str]:
    """Tell the webhook, where `slipway up` left one in the directory; return what went wrong."""
    url, at = directory / WEBHOOK_URL, directory / WEBHOOK_AT
    if not url.is_file():
        return []
    trouble = webhook.tell(url.read_text(encoding="utf-8"), report, at=at.read_text(encoding="utf-8"))
    return [trouble] if trouble else []


def _ended(text: str, code: int) -> int:
    sys.stderr.write(text + "\n")
    _leave_message(text)
    return code


def _leave_message(text: str) -> None:
    if TERMINATION_MESSAGE.exists():
        TERMINATION_MESSAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
