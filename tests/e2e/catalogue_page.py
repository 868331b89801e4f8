"""Drives the catalogue's page in a real browser, as a person would, and checks what the page shows.

It deliberately knows only the page and the public API at one address: what runs behind them is not its business.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",  # the test may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 20_000


def drive_catalogue(
    base_url: str, *, ignore_https_errors: bool, host_resolver_rules: str | None, screenshot: Path | None
) -> None:
    """List, search, create, edit, run into a conflict, delete and undo; leaves the catalogue as it was.

    Args:
        base_url: Origin of the page, such as `https://catalogue.local.slipway.internal`.
        ignore_https_errors: Whether a certificate of an unknown authority is accepted.
        host_resolver_rules: Chromium's `--host-resolver-rules`, such as `MAP catalogue.example 172.30.0.5`; the
            test's own API calls go through the page, so that they need no name resolution of their own.
        screenshot: Where to put a picture of the listing (PNG); none when None.

    Raises:
        AssertionError: If the page does not show what it should, or reports an error in its console.
    """
    with _page(base_url, ignore_https_errors, host_resolver_rules) as page:
        sku = f"E2E-{uuid4().hex[:8].upper()}"
        _lists(page)
        if screenshot:
            page.wait_for_timeout(600)  # the cards' entrance
            page.screenshot(path=screenshot)
        _creates(page, sku)
        _searches(page, sku)
        _edits(page, sku)
        _resolves_a_conflict(page, sku)
        _deletes_with_undo(page, sku)


@contextmanager
def _page(base_url: str, ignore_https_errors: bool, host_resolver_rules: str | None) -> Iterator[Page]:  # noqa: FBT001
    arguments = [*ARGUMENTS]
    if host_resolver_rules:
        arguments.append(f"--host-resolver-rules={host_resolver_rules}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            context = browser.new_context(
                base_url=base_url,
                ignore_https_errors=ignore_https_errors,
                viewport={"width": 1360, "height": 900},
                locale="en-GB",
            )
            context.set_default_timeout(PATIENCE_MS)
            expect.set_options(timeout=PATIENCE_MS)
            page = context.new_page()
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
            page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
            try:
                yield page
            except AssertionError as error:
                error.add_note(f"At {page.url}; the page's own errors: {complaints or 'none'}")
                raise
            # A refused change (412) is expected once and shows up in the console as a failed request.
            unexpected = [text for text in complaints if "412" not in text]
            assert not unexpected, f"the page reported errors: {unexpected}"
        finally:
            browser.close()


def _lists(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_test_id("product").first).to_be_visible()
    expect(page.get_by_test_id("count")).to_have_text(re.compile(r"^\d+ products?"))
    tag = page.get_by_test_id("tag").first
    tag.click()
    expect(tag).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"#{tag.inner_text()}")
    tag.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("All products")


def _creates(page: Page, sku: str) -> None:
    page.get_by_test_id("create").click()
    page.get_by_test_id("editor-save").click()
    expect(page.get_by_test_id("problem-name")).to_have_text("Give the product a name.")
    page.get_by_test_id("field-sku").fill(sku.lower())
    page.get_by_test_id("field-name").fill("Browser-tested teapot")
    page.get_by_test_id("field-description").fill("Made by a test, <b>not</b> by a potter.")
    page.get_by_test_id("field-amount").fill("34.50")
    page.get_by_test_id("field-stock").fill("7")
    page.get_by_test_id("field-tags").fill("Kitchen, end to end")
    page.get_by_test_id("editor-save").click()
    expect(page.get_by_test_id("editor")).to_be_hidden()
    expect(page.get_by_test_id("toasts")).to_contain_text("Created “Browser-tested teapot”.")


def _searches(page: Page, sku: str) -> None:
    page.get_by_test_id("search").fill(f"{sku.lower()} TEAPOT")
    expect(page.get_by_test_id("count")).to_have_text("1 product")
    card = _card(page, sku)
    expect(card).to_contain_text("€34.50")
    expect(card).to_contain_text("Made by a test, <b>not</b> by a potter.")
    expect(card.get_by_test_id("product-stock")).to_have_text("Only 7 left")
    page.get_by_test_id("search").fill(f"{sku} no such thing")
    expect(page.get_by_test_id("notice")).to_contain_text("Nothing matches")
    page.get_by_test_id("search").fill(sku)
    expect(page.get_by_test_id("count")).to_have_text("1 product")


def _edits(page: Page, sku: str) -> None:
    _card(page, sku).get_by_test_id("product-name").click()
    expect(page.get_by_test_id("field-sku")).not_to_be_editable()
    page.get_by_test_id("field-amount").fill("29,90")
    page.get_by_test_id("editor-save").click()
    expect(page.get_by_test_id("editor")).to_be_hidden()
    expect(_card(page, sku)).to_contain_text("€29.90")
    expect(_card(page, sku)).to_have_attribute("data-version", "2")


def _resolves_a_conflict(page: Page, sku: str) -> None:
    _card(page, sku).get_by_test_id("product-name").click()
    page.get_by_test_id("field-name").fill("My teapot")
    _somebody_else_saves(page, sku, {"name": "Their teapot", "stock": 3})
    page.get_by_test_id("editor-save").click()
    conflict = page.get_by_test_id("conflict")
    expect(conflict).to_contain_text("Somebody else saved first")
    expect(conflict.get_by_test_id("choice-name-theirs")).to_contain_text("Their teapot")
    expect(conflict.get_by_test_id("choice-name-mine")).to_contain_text("My teapot")
    # What only they changed is suggested as theirs, what I changed as mine.
    expect(conflict.get_by_test_id("choice-stock-theirs").get_by_role("radio")).to_be_checked()
    expect(conflict.get_by_test_id("choice-name-mine").get_by_role("radio")).to_be_checked()
    page.get_by_test_id("conflict-save").click()
    expect(page.get_by_test_id("editor")).to_be_hidden()
    expect(_card(page, sku)).to_contain_text("My teapot")
    expect(_card(page, sku).get_by_test_id("product-stock")).to_have_text("Only 3 left")
    expect(_card(page, sku)).to_have_attribute("data-version", "4")


def _deletes_with_undo(page: Page, sku: str) -> None:
    _delete(page, sku)
    page.get_by_test_id("toast-action").last.click()
    expect(_card(page, sku)).to_contain_text("My teapot")
    _delete(page, sku)
    page.reload()
    expect(page.get_by_test_id("notice")).to_contain_text("Nothing matches")
    assert _found(page, sku) == []


def _delete(page: Page, sku: str) -> None:
    _card(page, sku).hover()
    _card(page, sku).get_by_test_id("product-delete").click()
    expect(_card(page, sku)).to_have_count(0)


def _card(page: Page, sku: str) -> Locator:
    return page.locator(f'[data-testid="product"][data-sku="{sku}"]')


def _somebody_else_saves(page: Page, sku: str, change: dict[str, object]) -> None:
    """Edit through the API, from the page's own origin but past its state."""
    [product] = _found(page, sku)
    body = {key: product[key] for key in ("name", "description", "price", "stock", "tags")} | change
    status = page.evaluate(
        """async ([id, etag, body]) => (await fetch(`/api/v1/products/${id}`, {
            method: "PUT", headers: {"Content-Type": "application/json", "If-Match": etag}, body: JSON.stringify(body),
        })).status""",
        [product["id"], product["etag"], body],
    )
    assert status == 200, f"the other edit was answered with {status}"


def _found(page: Page, sku: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "async (sku) => (await (await fetch(`/api/v1/products?query=${sku}`)).json()).items", sku
    )
    return found
