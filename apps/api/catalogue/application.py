"""Puts the service together: database client, routes, errors, logging.

It deliberately starts no server and reads no environment; `serving` does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from pymongo import AsyncMongoClient

from . import health_routes, product_routes
from .drain import Drain
from .preparation import Preparation
from .problems import handle_problems
from .product_store import ProductStore
from .request_scope import RequestScope
from .settings import Settings


def database_client(settings: Settings) -> AsyncMongoClient[dict[str, Any]]:
    """Client of the document database; connects on first use."""
    options: dict[str, Any] = {}
    if credentials := settings.credentials():
        options |= {
            "username": credentials.username,
            "password": credentials.password.get_secret_value(),
            "authMechanism": "SCRAM-SHA-256",
            "authSource": settings.database_authentication_source or settings.database_name,
        }
    if settings.database_ca_file:
        options |= {"tls": True, "tlsCAFile": str(settings.database_ca_file)}
    return AsyncMongoClient(
        settings.database_host,
        settings.database_port,
        appname="catalogue",
        tz_aware=True,
        retryWrites=False,  # needs sessions on a replica set, which FerretDB 1.x does not have
        serverSelectionTimeoutMS=2000,
        connectTimeoutMS=2000,
        socketTimeoutMS=5000,  # leases rely on it, see LEASE_SECONDS
        maxPoolSize=20,
        **options,
    )


def create_application(settings: Settings, drain: Drain | None = None) -> FastAPI:
    """The service as an ASGI application.

    Args:
        settings: Where the database is.
        drain: Tells when the process is about to stop; a fresh one when not given.

    Raises:
        SettingsError: If the credential files cannot be used.
    """
    drain = drain or Drain()
    client = database_client(settings)
    database = client[settings.database_name]
    store = ProductStore(database)
    preparation = Preparation(database, store, with_seed=settings.seed)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        preparing = asyncio.create_task(preparation.run())
        yield
        preparing.cancel()
        await asyncio.gather(preparing, return_exceptions=True)
        await client.close()

    app = FastAPI(
        title="Product catalogue",
        version="1",
        summary="List, search, create, edit and delete products.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # the usual page loads its scripts from elsewhere, which a closed network cannot
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.client, app.state.store, app.state.drain, app.state.preparation = client, store, drain, preparation
    handle_problems(app)
    app.add_middleware(RequestScope, drain=drain)
    app.include_router(product_routes.router)
    app.include_router(health_routes.router)
    app.add_api_route("/api/v1/docs", _docs, include_in_schema=False)
    return app


def _docs() -> RedirectResponse:
    """The reference page is part of the frontend, which serves it from the same origin."""
    return RedirectResponse("/reference.html")
