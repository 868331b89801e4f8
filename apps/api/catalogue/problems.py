"""Every error as a problem document (RFC 9457, application/problem+json).

It deliberately shows clients no stack trace and no database text: those go to the log, under the same request id.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import Field
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError
from starlette.exceptions import HTTPException

from .failures import CatalogueError, PreconditionMissing, ProductBusy, ProductNotFound, SkuTaken, VersionConflict
from .products import Product, Shape

_LOG = logging.getLogger(__name__)
_LOGIN_REFUSED_CODES = {13, 18}  # Unauthorized, AuthenticationFailed
_RETRY = {"Retry-After": "2"}


class FieldError(Shape):
    """One field that was refused."""

    field: str = Field(examples=["body.price.amountMinor"])
    message: str


class Problem(Shape):
    """RFC 9457 problem details."""

    type: str = Field(examples=["urn:catalogue:problem:product-not-found"])
    title: str
    status: int
    detail: str
    instance: str
    request_id: str | None = Field(default=None, description="Names this request in the service's log.")
    errors: list[FieldError] | None = Field(default=None, description="With status 422: every refused field.")
    current: Product | None = Field(default=None, description="With status 412: what is stored now.")


_REFUSALS: dict[type[CatalogueError], tuple[HTTPStatus, str]] = {
    ProductNotFound: (HTTPStatus.NOT_FOUND, "product-not-found"),
    SkuTaken: (HTTPStatus.CONFLICT, "sku-taken"),
    VersionConflict: (HTTPStatus.PRECONDITION_FAILED, "version-conflict"),
    PreconditionMissing: (HTTPStatus.PRECONDITION_REQUIRED, "precondition-missing"),
    ProductBusy: (HTTPStatus.SERVICE_UNAVAILABLE, "product-busy"),
}


def problem_response(  # noqa: D417 - extras are named in Problem
    request: Request,
    status: int,
    kind: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **extras: Any,  # noqa: ANN401
) -> JSONResponse:
    """Answer with a problem document.

    Args:
        request: What it answers.
        status: HTTP status.
        kind: Last part of the problem's type, such as `sku-taken`.
        detail: What happened and what to do, for a person.
        headers: Additional response headers.
    """
    problem = Problem(
        type=f"urn:catalogue:problem:{kind}",
        title=kind.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        instance=request.url.path,
        request_id=request.scope.get("request_id"),
        **extras,
    )
    body = jsonable_encoder(problem, by_alias=True, exclude_none=True)
    return JSONResponse(body, status, dict(headers or {}), media_type="application/problem+json")


def _refused(request: Request, error: Exception) -> JSONResponse:
    status, kind = _REFUSALS[type(error)]  # type: ignore[index]
    extras: dict[str, Any] = {"current": error.current} if isinstance(error, VersionConflict) else {}
    headers = {"ETag": error.current.etag} if isinstance(error, VersionConflict) else {}
    headers |= _RETRY if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return problem_response(request, status, kind, str(error), headers=headers, **extras)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    errors = [
        FieldError(
            field=".".join(str(part) for part in entry["loc"]), message=entry["msg"].removeprefix("Value error, ")
        )
        for entry in error.errors()
    ]
    detail = "The request holds values that cannot be used: " + "; ".join(f"{e.field}: {e.message}" for e in errors)
    return problem_response(request, HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail, errors=errors)


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    kind = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    detail = f"{request.method} {request.url.path}: {error.detail}. /api/v1/openapi.json lists what there is."
    return problem_response(request, error.status_code, kind, detail, headers=error.headers)


def _database(request: Request, error: Exception) -> JSONResponse:
    refused = isinstance(error, OperationFailure) and error.code in _LOGIN_REFUSED_CODES
    if refused or isinstance(error, ConnectionFailure):
        _LOG.warning("database unavailable: %s", error)
        detail = (
            "The database cannot be reached right now. Nothing is lost that was saved before; try again in a moment."
        )
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return problem_response(request, status, "database-unavailable", detail, headers=_RETRY)
    return _unexpected(request, error)


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    _LOG.error("request failed", exc_info=error)
    detail = "Something went wrong that is not your fault. The log has more under the request id."
    return problem_response(request, HTTPStatus.INTERNAL_SERVER_ERROR, "internal-error", detail)


def handle_problems(app: FastAPI) -> None:
    """Make every error of an application a problem document."""
    app.add_exception_handler(CatalogueError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(PyMongoError, _database)
    app.add_exception_handler(Exception, _unexpected)
