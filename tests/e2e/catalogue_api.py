"""The catalogue's API as a client of the public name sees it: for writing a document and finding it again.

It uses the environment's own CA, so a wrong certificate fails a test.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

if TYPE_CHECKING:
    from tests.e2e.environment import EndToEnd


def client(environment: EndToEnd) -> httpx.Client:
    """Return a client of the API; `*.localhost` is the loopback address wherever a resolver follows RFC 6761."""
    endpoints = environment.outputs["endpoints"]
    context = ssl.create_default_context(cadata=endpoints["caPem"])
    url = httpx.URL(endpoints["api"])
    return httpx.Client(
        base_url=f"https://127.0.0.1:{url.port}{url.path}/",
        headers={"Host": f"{url.host}:{url.port}"},
        verify=context,
        timeout=10,
        event_hooks={"request": [lambda request: request.extensions.update(sni_hostname=url.host)]},
    )


def write_product(api: httpx.Client) -> dict[str, Any]:
    """Create a product nobody else has."""
    product = {
        "sku": f"E2E-{uuid4().hex[:8].upper()}",
        "name": "End-to-end lamp",
        "description": "Written before something breaks, read after it was mended.",
        "tags": ["e2e"],
        "price": {"amountMinor": 4200, "currency": "EUR"},
        "stock": 7,
    }
    answer = api.post("products", json=product)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    created: dict[str, Any] = answer.json()
    return created
