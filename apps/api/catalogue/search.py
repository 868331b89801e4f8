"""Turns a person's search into a database filter.

It deliberately uses only operators that FerretDB 1.24 and MongoDB share: `$and`, `$or`, `$regex`; no text index.
"""

import re
from enum import StrEnum
from typing import Any

MOST_WORDS = 8
_FIELDS = ("name", "description", "tags", "sku")


class Order(StrEnum):
    """How a listing is sorted."""

    NAME = "name"
    NEWEST = "-updatedAt"
    CHEAPEST = "price"
    DEAREST = "-price"


_SORTS = {
    Order.NAME: [("nameKey", 1)],
    Order.NEWEST: [("updatedAt", -1)],
    Order.CHEAPEST: [("price.amountMinor", 1)],
    Order.DEAREST: [("price.amountMinor", -1)],
}


def search_filter(text: str, tag: str | None) -> dict[str, Any]:
    """Filter for products where every word of `text` occurs in name, description, a tag or the SKU.

    Args:
        text: What was typed; taken literally, case does not matter.
        tag: Only products with exactly this tag.
    """
    conditions: list[dict[str, Any]] = [
        {"$or": [{field: {"$regex": re.escape(word), "$options": "i"}} for field in _FIELDS]}
        for word in text.split()[:MOST_WORDS]
    ]
    if tag:
        conditions.append({"tags": tag})
    return {"$and": conditions} if conditions else {}


def sort_keys(order: Order) -> list[tuple[str, int]]:
    """Sort keys of an order; `_id` comes last so that no product shows on two pages."""
    return [*_SORTS[order], ("_id", 1)]
