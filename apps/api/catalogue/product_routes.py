"""The REST resources under /api/v1.

They deliberately only translate between HTTP and `ProductStore`.
"""

from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from .entity_tags import expected_version, is_unchanged
from .problems import Problem
from .product_store import ProductStore
from .products import NewProduct, PageLinks, Product, ProductChange, ProductPage, TagList
from .search import Order

LARGEST_PAGE = 100


def _problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    always = (HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.SERVICE_UNAVAILABLE)
    return {status.value: {"model": Problem, "content": content} for status in (*statuses, *always)}


def _store(request: Request) -> ProductStore:
    store: ProductStore = request.app.state.store
    return store


Store = Annotated[ProductStore, Depends(_store)]
ProductId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
IfMatch = Annotated[str | None, Header(description="ETag of the version that the change is based on.")]

router = APIRouter(prefix="/api/v1", tags=["products"])


@router.get("/products", responses=_problems(), summary="List and search products")
async def list_products(
    *,
    request: Request,
    store: Store,
    query: Annotated[
        str, Query(max_length=200, description="Words that must all occur in name, text, tags or SKU.")
    ] = "",
    tag: Annotated[str | None, Query(max_length=32)] = None,
    sort: Order = Order.NAME,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=LARGEST_PAGE)] = 12,
) -> ProductPage:
    """One page of the products that match; a page after the last one is empty."""
    items, total = await store.page(text=query, tag=tag, order=sort, page=page, page_size=page_size)
    pages = max(1, -(-total // page_size))
    asked = {"query": query, "tag": tag, "sort": sort.value, "pageSize": page_size}

    def link(number: int) -> str:
        parameters = {key: value for key, value in (asked | {"page": number}).items() if value not in {None, ""}}
        return f"{request.url.path}?{urlencode(parameters)}"

    links = PageLinks(
        self=link(page),
        first=link(1),
        previous=link(min(page - 1, pages)) if page > 1 else None,
        next=link(page + 1) if page < pages else None,
        last=link(pages),
    )
    return ProductPage(items=items, total=total, page=page, page_size=page_size, pages=pages, links=links)


@router.post(
    "/products",
    status_code=HTTPStatus.CREATED,
    responses=_problems(HTTPStatus.CONFLICT),
    summary="Create a product",
)
async def create_product(request: Request, response: Response, store: Store, body: NewProduct) -> Product:
    """Create a product; answers with its address in `Location`."""
    product = await store.add(body)
    response.headers["Location"] = f"{request.url.path}/{product.id}"
    response.headers["ETag"] = product.etag
    return product


@router.get(
    "/products/{product_id}",
    response_model=Product,
    responses={
        304: {"description": "Unchanged since the version named by If-None-Match"},
        **_problems(HTTPStatus.NOT_FOUND),
    },
    summary="Read a product",
)
async def read_product(
    response: Response, store: Store, product_id: ProductId, if_none_match: Annotated[str | None, Header()] = None
) -> Product | Response:
    """One product, with its version as ETag."""
    product = await store.get(product_id)
    if is_unchanged(if_none_match, product):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": product.etag})
    response.headers["ETag"] = product.etag
    return product


_CHANGE_PROBLEMS = _problems(HTTPStatus.NOT_FOUND, HTTPStatus.PRECONDITION_FAILED, HTTPStatus.PRECONDITION_REQUIRED)


@router.put("/products/{product_id}", responses=_CHANGE_PROBLEMS, summary="Edit a product")
async def edit_product(
    response: Response, store: Store, product_id: ProductId, body: ProductChange, if_match: IfMatch = None
) -> Product:
    """Replace everything but the SKU, if nobody saved since the version named by If-Match."""
    version = expected_version(if_match, await store.get(product_id))
    product = await store.change(product_id, version, body)
    response.headers["ETag"] = product.etag
    return product


@router.delete(
    "/products/{product_id}", status_code=HTTPStatus.NO_CONTENT, responses=_CHANGE_PROBLEMS, summary="Delete a product"
)
async def delete_product(store: Store, product_id: ProductId, if_match: IfMatch = None) -> None:
    """Delete a product, if nobody saved since the version named by If-Match."""
    version = expected_version(if_match, await store.get(product_id))
    await store.remove(product_id, version)


@router.get("/tags", responses=_problems(), summary="List the tags in use")
async def list_tags(store: Store) -> TagList:
    """All tags in use, in alphabetical order."""
    return TagList(items=await store.tags())
