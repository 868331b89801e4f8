"""Health targets of HTTP and TLS against real servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from operations.health.report import Status

from .health_stack import http_target, only_result, outputs_of
from .servers import NAME, Answers, Authority, https

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def page(authority: Authority) -> Iterator[tuple[str, Answers]]:
    answers = Answers({"/": (200, b"<h1>Catalogue</h1>"), "/moved": (301, b"")})
    with https(answers, authority) as address:
        yield address, answers


async def test_http_goes_to_the_address_under_the_public_name(page: tuple[str, Answers], authority: Authority) -> None:
    address, answers = page
    result = await only_result(
        outputs_of([http_target(address, authority, contains="Catalogue", maxLatencyMs=5000)], authority)
    )
    assert result.status is Status.HEALTHY, result.detail
    assert answers.asked == [(f"{NAME}:8443", "/")]


@pytest.mark.parametrize(
    ("expectation", "complaint"),
    [
        ({"status": 204}, "HTTP 200, expected 204"),
        ({"contains": "Shop"}, "does not contain 'Shop'"),
        ({"maxLatencyMs": 0.001}, "at most 0.001 ms"),
        ({"url": f"https://{NAME}:8443/moved"}, "HTTP 301"),
        ({"serverName": "else.localhost"}, "Hostname mismatch"),
    ],
)
async def test_http_that_is_not_as_expected(
    page: tuple[str, Answers], authority: Authority, expectation: dict[str, Any], complaint: str
) -> None:
    result = await only_result(outputs_of([http_target(page[0], authority, **expectation)], authority))
    assert result.status is Status.UNHEALTHY
    assert complaint in result.detail


async def test_certificate_of_another_authority_is_refused(
    page: tuple[str, Answers], authority: Authority, stranger: Authority
) -> None:
    result = await only_result(outputs_of([http_target(page[0], stranger)], authority))
    assert result.status is Status.UNHEALTHY
    assert "certificate verify failed" in result.detail


def _tls(address: str, authority: Authority) -> dict[str, Any]:
    target = {"kind": "tls", "layer": "gateway", "name": "gateway", "address": address, "minDays": 14}
    return {**target, "serverName": NAME, "caPem": authority.ca_pem}


async def test_tls_certificate_that_ends_soon_is_unhealthy(authority: Authority, stranger: Authority) -> None:
    with https(Answers({}), stranger) as soon, https(Answers({}), authority) as later:
        result = await only_result(outputs_of([_tls(soon, stranger)], authority))
        assert result.status is Status.UNHEALTHY
        assert "ends in 3.0 days, at least 14 expected" in result.detail
        assert (await only_result(outputs_of([_tls(later, authority)], authority))).status is Status.HEALTHY
