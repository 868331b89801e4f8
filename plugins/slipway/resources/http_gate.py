"""The resource type ``slipway:index:HttpGate``.

It waits once until a URL answers; it is no monitoring, the health command is.
"""

import asyncio
import datetime as dt
import secrets
import time

import httpx

from plugins.rpc.diff import structural_diff
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import CheckResult, Context, Created, DiffResult, Failure, Properties, Resource
from plugins.rpc.values import UNKNOWN, reveal
from plugins.slipway.tls import is_untrusted, trusting_client

DEFAULTS = {"expectStatus": 200, "timeoutSeconds": 300}
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
REQUEST_SECONDS = 10.0


class HttpGateResource(Resource):
    """A gate that opens when a URL answers with the expected status."""

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Fill in defaults and want an absolute http or https URL."""
        del ctx, olds
        inputs = {**DEFAULTS, **{key: value for key, value in news.items() if value is not None}}
        url, failures = inputs.get("url"), []
        if not url:
            failures.append(Failure("url", "is missing"))
        elif isinstance(url, str) and not url.startswith(("http://", "https://")):
            failures.append(Failure("url", f"is '{url}', but http://... or https://... was expected"))
        return CheckResult(inputs, failures)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Ask again when any input changes, except how long to wait."""
        del ctx, id, old_state
        detailed = structural_diff(old_inputs, {**news, "timeoutSeconds": old_inputs.get("timeoutSeconds")})
        return DiffResult(bool(detailed), detailed=detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Wait for the answer."""
        return Created("" if ctx.preview else f"gate-{secrets.token_hex(4)}", await _outputs(ctx, inputs))

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Wait for the answer again."""
        del id, old_inputs, old_state
        return await _outputs(ctx, news)

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """There is nothing to remove."""


async def _outputs(ctx: Context, inputs: Properties) -> Properties:
    if ctx.preview:
        return {**inputs, "latencyMs": UNKNOWN, "checkedAt": UNKNOWN}
    latency_ms = await _wait(ctx, reveal(inputs))
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {**inputs, "latencyMs": latency_ms, "checkedAt": now}


async def _wait(ctx: Context, inputs: Properties) -> float:
    """Ask until the expected status comes, and return how long that request took in milliseconds."""
    started, pause, last = time.monotonic(), FIRST_PAUSE_SECONDS, "no request was sent"
    async with trusting_client(inputs.get("caPem"), timeout=REQUEST_SECONDS) as client:
        while (waited := time.monotonic() - started) < inputs["timeoutSeconds"]:
            sent = time.monotonic()
            try:
                answer = await client.send(_request(client, inputs))
            except httpx.HTTPError as error:
                last = ("its certificate is not trusted: " if is_untrusted(error) else "") + (
                    str(error) or type(error).__name__
                )
            else:
                if answer.status_code == inputs["expectStatus"]:
                    return round((time.monotonic() - sent) * 1000, 1)
                last = f"status {answer.status_code}: {answer.text[:200]}"
            await ctx.status(f"waiting for {inputs['url']}, {waited:.0f} s: {last}"[:160])
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    where = inputs.get("resolveAddress")
    raise ResourceFailed(
        f"{inputs['url']}{f' at {where}' if where else ''} did not answer with status {inputs['expectStatus']} within "
        f"{inputs['timeoutSeconds']} s. The last try: {last}\nLook at what serves it (slipway health), then run again."
    )


def _request(client: httpx.AsyncClient, inputs: Properties) -> httpx.Request:
    """Connect to ``resolveAddress`` when there is one, but name the URL's own host in TLS and HTTP."""
    url = httpx.URL(inputs["url"])
    address = inputs.get("resolveAddress")
    if not address:
        return client.build_request("GET", url)
    target = httpx.URL(f"//{address}")
    headers = {"host": url.netloc.decode()}
    connect_to = url.copy_with(host=target.host, port=target.port or url.port)
    return client.build_request("GET", connect_to, headers=headers, extensions={"sni_hostname": url.host})
