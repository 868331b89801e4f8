"""What can go wrong with a product, in the words of the catalogue.

These deliberately know nothing of HTTP: `problems` decides which status each one becomes.
"""

from .products import Product


class CatalogueError(Exception):
    """Base of everything the catalogue refuses."""


class ProductNotFound(CatalogueError):  # noqa: N818 - the name says what happened
    """There is no product with this id, or no longer."""

    def __init__(self, product_id: str) -> None:
        super().__init__(f"There is no product with the id '{product_id}'. It may have been deleted; reload the list.")


class SkuTaken(CatalogueError):  # noqa: N818
    """Another product already has this SKU."""

    def __init__(self, sku: str) -> None:
        super().__init__(f"The SKU '{sku}' belongs to another product. Choose another one, or edit that product.")


class VersionConflict(CatalogueError):  # noqa: N818
    """Somebody else saved first; carries what is stored now."""

    def __init__(self, current: Product) -> None:
        super().__init__(
            f"The product was changed since you read it and is now at version {current.version}. "
            "Compare with `current`, then send your edit again with its ETag."
        )
        self.current = current


class PreconditionMissing(CatalogueError):  # noqa: N818
    """A change was sent without saying which version it is based on."""

    def __init__(self) -> None:
        super().__init__(
            "Send the ETag of the version that you read as If-Match, so that no other edit is overwritten."
        )


class ProductBusy(CatalogueError):  # noqa: N818
    """Another change of the same product did not finish in time."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Another change of '{name}' is still under way. Try again in a moment.")
