"""Optimistic concurrency on a database whose conditional updates are not atomic.

Deliberately run with real parallel connections: without the lease these tests fail on FerretDB.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from apps.api.catalogue import leases
from apps.api.catalogue.application import database_client

from .test_products import PRODUCTS, teapot

if TYPE_CHECKING:
    import httpx

    from apps.api.catalogue.settings import Settings

    from .conftest import Service

CHANGE = {"name": "Changed", "price": {"amountMinor": 1, "currency": "EUR"}, "stock": 1}


async def test_edit_of_an_old_version_is_refused_and_shows_the_current_one(client: httpx.AsyncClient) -> None:
    created = await client.post(PRODUCTS, json=teapot())
    address, old = created.headers["location"], created.headers["etag"]
    saved = await client.put(address, json=CHANGE, headers={"If-Match": old})
    refused = await client.put(address, json=CHANGE | {"name": "Too late"}, headers={"If-Match": old})
    assert refused.status_code == 412
    assert refused.headers["etag"] == saved.headers["etag"]
    assert refused.json()["current"] == saved.json()
    assert (await client.delete(address, headers={"If-Match": old})).status_code == 412


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_change_without_a_version_is_refused(client: httpx.AsyncClient, method: str) -> None:
    address = (await client.post(PRODUCTS, json=teapot())).headers["location"]
    refused = await client.request(method, address, json=CHANGE)
    assert refused.status_code == 428
    assert "If-Match" in refused.json()["detail"]


@pytest.mark.parametrize("tag", ["W/{}", '"other-1"', "nonsense", '"{0}'])
async def test_tags_that_do_not_match_strongly_are_refused(client: httpx.AsyncClient, tag: str) -> None:
    created = await client.post(PRODUCTS, json=teapot())
    headers = {"If-Match": tag.format(created.headers["etag"])}
    expected = 200 if tag == '"{0}' else 412  # a stray quote before a strong tag leaves the tag readable
    answer = await client.put(created.headers["location"], json=CHANGE, headers=headers)
    assert answer.status_code == expected


async def test_any_version_and_lists_of_versions_are_accepted(client: httpx.AsyncClient) -> None:
    created = await client.post(PRODUCTS, json=teapot())
    address = created.headers["location"]
    several = f'"x-1", {created.headers["etag"]}'
    assert (await client.put(address, json=CHANGE, headers={"If-Match": several})).status_code == 200
    assert (await client.put(address, json=CHANGE, headers={"If-Match": "*"})).status_code == 200


async def test_exactly_one_of_many_simultaneous_edits_wins(service: Service) -> None:
    async with service() as one, service() as other:
        created = await one.post(PRODUCTS, json=teapot())
        address, etag = created.headers["location"], created.headers["etag"]
        for _ in range(3):
            edits = [
                replica.put(address, json=CHANGE | {"stock": number}, headers={"If-Match": etag})
                for number, replica in enumerate([one, other] * 6)
            ]
            answers = await asyncio.gather(*edits)
            winners = [answer for answer in answers if answer.status_code == 200]
            assert sorted(answer.status_code for answer in answers) == [200] + [412] * 11
            stored = (await one.get(address)).json()
            assert stored == winners[0].json(), "what the winner was told is what is stored"
            etag = stored["etag"]


async def test_edit_and_delete_at_once_do_not_both_succeed(client: httpx.AsyncClient) -> None:
    for _ in range(5):
        created = await client.post(PRODUCTS, json=teapot())
        address, headers = created.headers["location"], {"If-Match": created.headers["etag"]}
        edited, deleted = await asyncio.gather(
            client.put(address, json=CHANGE, headers=headers), client.delete(address, headers=headers)
        )
        assert (edited.status_code, deleted.status_code) in {(200, 412), (404, 204)}
        if edited.is_success:
            await client.delete(address, headers={"If-Match": "*"})


async def test_simultaneous_creations_of_a_sku_make_one_product(service: Service) -> None:
    async with service() as one, service() as other:
        answers = await asyncio.gather(*(replica.post(PRODUCTS, json=teapot()) for replica in [one, other] * 5))
        assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
        assert (await one.get(PRODUCTS)).json()["total"] == 1


@pytest.mark.parametrize(("age_seconds", "status"), [(leases.LEASE_SECONDS + 1, 200), (0, 503)])
async def test_forgotten_lease_is_taken_over_and_a_fresh_one_respected(
    client: httpx.AsyncClient, settings: Settings, monkeypatch: pytest.MonkeyPatch, age_seconds: int, status: int
) -> None:
    monkeypatch.setattr(leases, "WAIT_SECONDS", 0.2)
    created = await client.post(PRODUCTS, json=teapot())
    taken_at = datetime.now(UTC) - timedelta(seconds=age_seconds)
    async with database_client(settings) as database:
        held = database[settings.database_name]["leases"]
        await held.insert_one({"_id": created.json()["id"], "token": "of-a-dead-replica", "takenAt": taken_at})
        headers = {"If-Match": created.headers["etag"]}
        answers = await asyncio.gather(
            *(client.put(created.headers["location"], json=CHANGE, headers=headers) for _ in range(4))
        )
        assert min(answer.status_code for answer in answers) == status
        assert sum(answer.is_success for answer in answers) <= 1
