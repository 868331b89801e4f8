"""The shapes of a product: what a client sends, and what it gets back.

They deliberately hold no storage or HTTP concerns: validation of one product's own fields is all there is.
"""

import unicodedata
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, computed_field
from pydantic.alias_generators import to_camel

_LINE_BREAKS = "\n\t"


def _printable(text: str) -> str:
    """Refuse control characters and lone surrogates: neither the database nor a page can show them."""
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cs"} and character not in _LINE_BREAKS:
            raise ValueError("must not hold control characters")
    return unicodedata.normalize("NFC", text)


def _one_line(text: str) -> str:
    if any(character in text for character in _LINE_BREAKS):
        raise ValueError("must be a single line")
    return text


def _distinct(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


def _upper(value: Any) -> Any:  # noqa: ANN401 - runs before validation, so anything may come
    return value.strip().upper() if isinstance(value, str) else value


Line = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_printable), AfterValidator(_one_line)]
Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_printable)]
Tag = Annotated[Line, StringConstraints(to_lower=True, min_length=1, max_length=32)]
Sku = Annotated[str, BeforeValidator(_upper), StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9-]{1,30}[A-Z0-9]$")]


class Shape(BaseModel):
    """Base of all bodies: camelCase on the wire, unknown keys refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Price(Shape):
    """An amount of money, in the smallest unit of its currency so that no fraction is ever lost."""

    amount_minor: int = Field(ge=0, le=10**12, description="In minor units: 1999 is 19.99 EUR, or 1999 JPY.")
    currency: str = Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code.", examples=["EUR"])


class ProductChange(Shape):
    """What may be edited: everything but the SKU, which is a product's identity for its lifetime."""

    name: Annotated[Line, Field(min_length=1, max_length=120)]
    description: Annotated[Text, Field(max_length=2000)] = ""
    tags: Annotated[list[Tag], AfterValidator(_distinct), Field(max_length=12)] = []
    price: Price
    stock: int = Field(ge=0, le=10**9, description="Pieces on hand.")


class NewProduct(ProductChange):
    """A product to be created."""

    sku: Sku = Field(description="Stock keeping unit; unique, 3 to 32 of A-Z, 0-9 and '-'.", examples=["LAMP-ARC-01"])


class Product(NewProduct):
    """A stored product."""

    id: str
    version: int = Field(ge=1, description="Grows by one with every edit; the ETag carries it.")
    created_at: datetime
    updated_at: datetime

    @computed_field(description="Entity tag of this version, for If-Match; the same as the ETag header.")  # type: ignore[prop-decorator]
    @property
    def etag(self) -> str:
        """Strong entity tag; holds the id too, so that it never fits a later product with the same SKU."""
        return f'"{self.id}-{self.version}"'


class PageLinks(Shape):
    """Where to go from a page; null where there is nothing."""

    self: str
    first: str
    previous: str | None
    next: str | None
    last: str


class ProductPage(Shape):
    """One page of a listing."""

    items: list[Product]
    total: int = Field(description="Products that match, on all pages.")
    page: int
    page_size: int
    pages: int = Field(description="At least 1: an empty listing has one empty page.")
    links: PageLinks


class TagList(Shape):
    """All tags in use, in alphabetical order."""

    items: list[str]
