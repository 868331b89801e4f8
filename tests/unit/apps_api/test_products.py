"""Products through the REST API: list, search, create, read, edit, delete.

Concurrency and errors are deliberately in files of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import httpx

    from .conftest import Service

PRODUCTS = "/api/v1/products"


def teapot(**changes: object) -> dict[str, Any]:
    product: dict[str, Any] = {
        "sku": "TEAPOT-01",
        "name": "Teapot",
        "description": "Pours well.",
        "tags": ["Kitchen", "tea", "kitchen "],
        "price": {"amountMinor": 3450, "currency": "EUR"},
        "stock": 7,
    }
    return product | changes


async def test_created_product_is_read_back_with_the_same_etag(client: httpx.AsyncClient) -> None:
    created = await client.post(PRODUCTS, json=teapot())
    assert created.status_code == 201
    read = await client.get(created.headers["location"])
    assert read.json() == created.json()
    assert read.headers["etag"] == created.headers["etag"] == created.json()["etag"]
    assert read.json()["tags"] == ["kitchen", "tea"]
    assert read.json()["version"] == 1


async def test_read_with_known_etag_is_not_modified(client: httpx.AsyncClient) -> None:
    created = await client.post(PRODUCTS, json=teapot())
    answer = await client.get(created.headers["location"], headers={"If-None-Match": f"W/{created.headers['etag']}"})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_sku_is_made_uppercase_and_unique(client: httpx.AsyncClient) -> None:
    assert (await client.post(PRODUCTS, json=teapot(sku=" teapot-01 "))).json()["sku"] == "TEAPOT-01"
    refused = await client.post(PRODUCTS, json=teapot(name="Another"))
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:catalogue:problem:sku-taken"


async def test_edit_replaces_everything_but_the_sku(client: httpx.AsyncClient) -> None:
    created = await client.post(PRODUCTS, json=teapot())
    address, etag = created.headers["location"], created.headers["etag"]
    change = {"name": "Big teapot", "price": {"amountMinor": 5000, "currency": "CHF"}, "stock": 0}
    edited = await client.put(address, json=change, headers={"If-Match": etag})
    assert edited.status_code == 200
    body = edited.json()
    assert (body["name"], body["description"], body["tags"], body["stock"]) == ("Big teapot", "", [], 0)
    assert (body["sku"], body["version"]) == ("TEAPOT-01", 2)
    assert edited.headers["etag"] != etag
    assert (await client.get(address)).json() == body
    with_sku = await client.put(
        address, json=change | {"sku": "OTHER-01"}, headers={"If-Match": edited.headers["etag"]}
    )
    assert with_sku.status_code == 422


async def test_deleted_product_is_gone_and_its_sku_free(client: httpx.AsyncClient) -> None:
    created = await client.post(PRODUCTS, json=teapot())
    address, etag = created.headers["location"], created.headers["etag"]
    assert (await client.delete(address, headers={"If-Match": etag})).status_code == 204
    assert (await client.get(address)).status_code == 404
    assert (await client.delete(address, headers={"If-Match": etag})).status_code == 404
    again = await client.post(PRODUCTS, json=teapot())
    assert again.status_code == 201
    assert again.headers["etag"] != etag, "an ETag of the deleted product must not fit the new one"


async def test_pages_hold_every_product_once_and_link_to_each_other(client: httpx.AsyncClient) -> None:
    for number in range(7):
        await client.post(PRODUCTS, json=teapot(sku=f"POT-{number}", name="Same name"))
    seen: list[str] = []
    address: str | None = f"{PRODUCTS}?pageSize=3"
    while address:
        page = (await client.get(address)).json()
        assert (page["total"], page["pages"]) == (7, 3)
        seen += [item["sku"] for item in page["items"]]
        address = page["links"]["next"]
    assert sorted(seen) == [f"POT-{number}" for number in range(7)]
    assert page["page"] == 3
    assert (await client.get(page["links"]["first"])).json()["links"]["previous"] is None
    beyond = (await client.get(f"{PRODUCTS}?page=9&pageSize=3")).json()
    assert beyond["items"] == []
    assert "page=3" in beyond["links"]["previous"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["AAA-1", "BBB-2", "CCC-3"]),
        ("TEA", ["AAA-1", "BBB-2"]),
        ("tea GREEN", ["AAA-1"]),
        ("küche", ["CCC-3"]),
        ("KÜCHE", ["CCC-3"]),
        ("c++ (2", ["CCC-3"]),
        (".*", []),
        ("bbb-2", ["BBB-2"]),
        ("$regex", []),
        ("日本", ["BBB-2"]),
    ],
)
async def test_search_takes_words_literally_in_any_field_and_case(
    client: httpx.AsyncClient, query: str, found: list[str]
) -> None:
    await client.post(PRODUCTS, json=teapot(sku="AAA-1", name="alpha", description="Green tea", tags=[]))
    await client.post(PRODUCTS, json=teapot(sku="BBB-2", name="Beta 日本茶", description="", tags=["tea"]))
    await client.post(PRODUCTS, json=teapot(sku="CCC-3", name="C++ (2nd)", description="Für die Küche", tags=[]))
    answer = await client.get(PRODUCTS, params={"query": query})
    assert [item["sku"] for item in answer.json()["items"]] == found
    assert answer.json()["total"] == len(found)


async def test_search_is_kept_in_links(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.post(PRODUCTS, json=teapot(sku=f"POT-{number}", tags=["a & b"]))
    await client.post(PRODUCTS, json=teapot(sku="OTHER"))
    page = (await client.get(PRODUCTS, params={"query": "tea pot", "tag": "a & b", "pageSize": 2})).json()
    assert page["total"] == 3
    rest = (await client.get(page["links"]["next"])).json()
    # Equal names: which product comes on which page is settled by their ids.
    assert sorted(item["sku"] for item in page["items"] + rest["items"]) == ["POT-0", "POT-1", "POT-2"]


@pytest.mark.parametrize(
    ("order", "skus"),
    [
        ("name", ["LOW", "MID", "HIGH"]),
        ("price", ["LOW", "MID", "HIGH"]),
        ("-price", ["HIGH", "MID", "LOW"]),
        ("-updatedAt", ["MID", "HIGH", "LOW"]),
    ],
)
async def test_sort_orders(client: httpx.AsyncClient, order: str, skus: list[str]) -> None:
    for sku, name, amount in (("LOW", "apple", 100), ("HIGH", "Öl", 900), ("MID", "Banana", 500)):
        await client.post(PRODUCTS, json=teapot(sku=sku, name=name, price={"amountMinor": amount, "currency": "EUR"}))
    page = (await client.get(PRODUCTS, params={"sort": order})).json()
    assert [item["sku"] for item in page["items"]] == skus


async def test_tags_in_use_are_listed_once(client: httpx.AsyncClient) -> None:
    await client.post(PRODUCTS, json=teapot(sku="ONE", tags=["b", "a"]))
    await client.post(PRODUCTS, json=teapot(sku="TWO", tags=["b", "c"]))
    assert (await client.get("/api/v1/tags")).json() == {"items": ["a", "b", "c"]}


async def test_new_database_gets_samples_once_even_from_two_replicas(service: Service) -> None:
    async with service(seed=True) as one, service(seed=True) as other:
        first = (await one.get(f"{PRODUCTS}?pageSize=100")).json()
        assert first["total"] >= 12
        assert (await other.get(f"{PRODUCTS}?pageSize=100")).json() == first
        for item in first["items"]:
            await one.delete(f"{PRODUCTS}/{item['id']}", headers={"If-Match": item["etag"]})
    async with service(seed=True) as restarted:
        assert (await restarted.get(PRODUCTS)).json()["total"] == 0, "an emptied catalogue stays empty"


async def test_openapi_describes_the_api_and_docs_lead_to_the_reference(client: httpx.AsyncClient) -> None:
    description = (await client.get("/api/v1/openapi.json")).json()
    assert {"get", "put", "delete"} <= set(description["paths"]["/api/v1/products/{product_id}"])
    refusals = description["paths"]["/api/v1/products/{product_id}"]["put"]["responses"]
    assert {"404", "412", "422", "428", "503"} <= set(refusals)
    assert "application/problem+json" in refusals["412"]["content"]
    assert (await client.get("/api/v1/docs")).headers["location"] == "/reference.html"
