"""Sample products for a new database, so that the first visitor sees a shop and not a void.

They are deliberately added once only: a catalogue that was emptied by its owner stays empty.
"""

import json
from contextlib import suppress
from importlib.resources import files
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from .failures import SkuTaken
from .product_store import ProductStore
from .products import NewProduct


def sample_products() -> list[NewProduct]:
    """The sample products, as they are in `seeds.json`."""
    text = files(__package__ or "catalogue").joinpath("seeds.json").read_text(encoding="utf-8")
    return [NewProduct.model_validate(entry) for entry in json.loads(text)]


async def seed(database: AsyncDatabase[dict[str, Any]], store: ProductStore) -> int:
    """Add the sample products to a database that never had any.

    Ids follow from the SKUs, so two replicas that do this at once add each product once; the mark is written last, so
    an interrupted run is finished by the next one.

    Returns:
        How many products this call added.
    """
    marks = database["marks"]
    if await marks.find_one({"_id": "seeded"}):
        return 0
    added = 0
    for product in sample_products():
        try:
            await store.add(product, uuid5(NAMESPACE_URL, f"urn:catalogue:{product.sku}").hex)
            added += 1
        except SkuTaken:
            continue  # the other replica was faster
    with suppress(DuplicateKeyError):
        await marks.insert_one({"_id": "seeded"})
    return added
