"""Products in a document database over the MongoDB wire protocol.

It deliberately has no cache and no second copy of the rules: what a product may hold is said in `products`.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pymongo import ReturnDocument
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from .failures import ProductNotFound, SkuTaken, VersionConflict
from .leases import Leases
from .products import NewProduct, Product, ProductChange
from .search import Order, search_filter, sort_keys

Document = dict[str, Any]


class ProductStore:
    """All reads and writes of products."""

    def __init__(self, database: AsyncDatabase[Document]) -> None:
        self._products = database["products"]
        self._leases = Leases(database["leases"])

    async def prepare(self) -> None:
        """Create the indexes; safe to repeat, and from several replicas at once."""
        await self._products.create_index("sku", unique=True)
        await self._products.create_index("nameKey")

    async def page(
        self, *, text: str, tag: str | None, order: Order, page: int, page_size: int
    ) -> tuple[list[Product], int]:
        """One page of the products that match, and how many match in all."""
        condition = search_filter(text, tag)
        total = await self._products.count_documents(condition)
        cursor = self._products.find(condition).sort(sort_keys(order)).skip((page - 1) * page_size).limit(page_size)
        return [_product(document) async for document in cursor], total

    async def tags(self) -> list[str]:
        """All tags in use, sorted."""
        return sorted(await self._products.distinct("tags"))

    async def get(self, product_id: str) -> Product:
        """One product.

        Raises:
            ProductNotFound: If there is none with this id.
        """
        document = await self._products.find_one({"_id": product_id})
        if document is None:
            raise ProductNotFound(product_id)
        return _product(document)

    async def add(self, product: NewProduct, product_id: str | None = None) -> Product:
        """Store a new product at version 1.

        Raises:
            SkuTaken: If another product has the SKU, or the given id is in use.
        """
        now = _now()
        document = {
            "_id": product_id or uuid4().hex,
            "sku": product.sku,
            **_fields(product),
            "version": 1,
            "createdAt": now,
            "updatedAt": now,
        }
        try:
            await self._products.insert_one(document)
        except DuplicateKeyError as error:
            raise SkuTaken(product.sku) from error
        return _product(document)

    async def change(self, product_id: str, version: int, change: ProductChange) -> Product:
        """Replace the editable fields of a product, if it is still at `version`.

        Raises:
            ProductNotFound: If there is no such product.
            VersionConflict: If it is at another version.
            ProductBusy: If another change of it does not end.
        """
        async with self._leases.hold(product_id):
            document = await self._products.find_one_and_update(
                {"_id": product_id, "version": version},
                {"$set": {**_fields(change), "updatedAt": _now()}, "$inc": {"version": 1}},
                return_document=ReturnDocument.AFTER,
            )
            if document is None:
                raise VersionConflict(await self.get(product_id))
            return _product(document)

    async def remove(self, product_id: str, version: int) -> None:
        """Delete a product, if it is still at `version`; raises like `change`."""
        async with self._leases.hold(product_id):
            result = await self._products.delete_one({"_id": product_id, "version": version})
            if result.deleted_count == 0:
                raise VersionConflict(await self.get(product_id))


def _now() -> datetime:
    # The database keeps milliseconds; what create returns must equal what a later read returns.
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _fields(change: ProductChange) -> Document:
    return {
        "name": change.name,
        "nameKey": change.name.casefold(),  # FerretDB 1.x has no collations
        "description": change.description,
        "tags": change.tags,
        "price": change.price.model_dump(by_alias=True),
        "stock": change.stock,
    }


def _product(document: Document) -> Product:
    return Product.model_validate({"id": document["_id"], **_without_internals(document)})


def _without_internals(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in {"_id", "nameKey"}}
