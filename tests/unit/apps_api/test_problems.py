"""Every error is a problem document that tells a person what to do.

Deliberately also with a database that is away, refuses the login, or is reached without TLS.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from .conftest import PASSWORD, DatabaseServer, free_port
from .test_products import PRODUCTS, teapot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from .conftest import Service

NOBODY = "0" * 32


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["instance"] == answer.request.url.path
    assert body["requestId"] == answer.headers["x-request-id"]
    assert body["type"].startswith("urn:catalogue:problem:")
    return body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", f"{PRODUCTS}/{NOBODY}", 404),
        ("PUT", f"{PRODUCTS}/{NOBODY}", 404),
        ("DELETE", f"{PRODUCTS}/{NOBODY}", 404),
        ("PATCH", PRODUCTS, 405),
        ("GET", f"{PRODUCTS}/not-an-id", 422),
        ("GET", f"{PRODUCTS}?page=0", 422),
        ("GET", f"{PRODUCTS}?pageSize=101", 422),
        ("GET", f"{PRODUCTS}?sort=upwards", 422),
    ],
)
async def test_refusals_are_problems(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    body = {key: value for key, value in teapot().items() if key != "sku"} if method == "PUT" else None
    problem(await client.request(method, path, json=body, headers={"If-Match": '"x-1"'}), status)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "body.name"),
        ({"name": "two\nlines"}, "body.name"),
        ({"name": "x" * 121}, "body.name"),
        ({"description": "bell \u0007"}, "body.description"),
        ({"sku": "no spaces"}, "body.sku"),
        ({"price": {"amountMinor": -1, "currency": "EUR"}}, "body.price.amountMinor"),
        ({"price": {"amountMinor": 1.5, "currency": "EUR"}}, "body.price.amountMinor"),
        ({"price": {"amountMinor": 1, "currency": "euro"}}, "body.price.currency"),
        ({"stock": 10**10}, "body.stock"),
        ({"tags": ["x"] * 3 + [""]}, "body.tags.3"),
        ({"colour": "red"}, "body.colour"),
    ],
)
async def test_invalid_field_is_named(client: httpx.AsyncClient, change: dict[str, Any], field: str) -> None:
    body = problem(await client.post(PRODUCTS, json=teapot(**change)), 422)
    assert [entry["field"] for entry in body["errors"]] == [field]


async def test_all_invalid_fields_are_reported_together(client: httpx.AsyncClient) -> None:
    body = problem(await client.post(PRODUCTS, json=teapot(name="", sku="?", stock=-1)), 422)
    assert {entry["field"] for entry in body["errors"]} == {"body.name", "body.sku", "body.stock"}


async def test_bodies_that_no_product_needs_are_refused(client: httpx.AsyncClient) -> None:
    problem(await client.post(PRODUCTS, content=b" " * 65_537), 413)
    problem(await client.post(PRODUCTS, content=_chunks()), 411)
    problem(await client.post(PRODUCTS, content=b"{", headers={"Content-Type": "application/json"}), 422)


async def _chunks() -> AsyncIterator[bytes]:
    yield b"{}"


async def test_request_id_is_kept_when_harmless(client: httpx.AsyncClient) -> None:
    kept = await client.get("/health/live", headers={"X-Request-ID": "trace-1.a_b"})
    assert kept.headers["x-request-id"] == "trace-1.a_b"
    replaced = await client.get("/health/live", headers={"X-Request-ID": 'forged" log'})
    assert len(replaced.headers["x-request-id"]) == 32


async def test_missing_database_is_a_503_that_says_when_to_come_back(service: Service) -> None:
    async with service(ready=False, database_port=free_port()) as client:
        answer = await client.get(PRODUCTS)
        assert problem(answer, 503)["type"] == "urn:catalogue:problem:database-unavailable"
        assert answer.headers["retry-after"] == "2"


async def test_refused_login_is_a_503_and_shows_no_secret(
    service: Service, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "username").write_text("catalogue")
    (tmp_path / "password").write_text("not-the-password")
    with caplog.at_level(logging.DEBUG, "catalogue"):
        async with service(ready=False, database_credentials_directory=tmp_path) as client:
            answer = await client.get(PRODUCTS)
    problem(answer, 503)
    assert "Authentication failed" in caplog.text
    assert "not-the-password" not in caplog.text + answer.text


@pytest.mark.parametrize("missing", ["database_credentials_directory", "database_ca_file"])
async def test_database_opens_to_nobody_without_login_or_tls(
    service: Service, missing: str, database_server: DatabaseServer
) -> None:
    assert PASSWORD in (database_server.credentials_directory / "password").read_text()
    async with service(ready=False, **{missing: None}) as client:
        problem(await client.get(PRODUCTS), 503)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_bodies = st.fixed_dictionaries(
    {
        "sku": st.from_regex(r"[A-Z0-9]{8,16}", fullmatch=True) | _json,
        "name": st.text(max_size=130) | _json,
        "price": st.fixed_dictionaries({"amountMinor": st.integers(), "currency": st.just("EUR")}) | _json,
        "stock": st.integers() | _json,
    },
    optional={"description": st.text() | _json, "tags": st.lists(st.text(max_size=40), max_size=4) | _json},
)


@effort(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=_bodies)
@example(body=teapot(name="\ud800 lone surrogate"))
@example(body=teapot(description="\u0000"))
async def test_whatever_is_sent_is_stored_or_refused_but_never_breaks(client: httpx.AsyncClient, body: object) -> None:
    text = json.dumps(body)  # ASCII, so that lone surrogates reach the service as escapes
    answer = await client.post(PRODUCTS, content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code in {201, 409, 422}, answer.text
    if answer.status_code == 201:
        assert (await client.get(answer.headers["location"])).json() == answer.json()


@effort(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(max_size=30), tag=st.none() | st.text(max_size=10))
@example(query="\\E(?i)[", tag="$ne")
@example(query="\u0000", tag=None)
async def test_whatever_is_searched_never_breaks(client: httpx.AsyncClient, query: str, tag: str | None) -> None:
    parameters = {"query": query} | ({"tag": tag} if tag is not None else {})
    try:
        answer = await client.get(PRODUCTS, params=parameters)
    except UnicodeEncodeError:
        return  # lone surrogates have no form in an address
    assert answer.status_code == 200, answer.text
