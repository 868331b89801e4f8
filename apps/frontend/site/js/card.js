// One product as a card, and the grey shape of one that is still loading. Deliberately without any request.

import { art } from "./art.js";
import { ICONS, drawing, element, icon } from "./dom.js";
import { shownPrice } from "./money.js";

const LOW_STOCK = 10;

/** A card; `onOpen` and `onDelete` get the product. */
export function card(product, { onOpen, onDelete }) {
  return element(
    "article",
    { class: "card", "data-testid": "product", "data-id": product.id, "data-sku": product.sku, "data-version": product.version },
    art(product.tags[0] ?? "", product.sku),
    element(
      "div",
      { class: "card-body" },
      element(
        "div",
        { class: "card-head" },
        element("h2", {}, element("button", { type: "button", class: "card-open", "data-testid": "product-name", onclick: () => onOpen(product) }, product.name)),
        element("span", { class: "price", "data-testid": "product-price" }, shownPrice(product.price)),
      ),
      element("p", { class: "description" }, product.description),
      element("ul", { class: "card-tags", "aria-label": "Tags" }, product.tags.map((tag) => element("li", {}, tag))),
      element("div", { class: "card-foot" }, element("span", { class: "sku", title: product.sku }, product.sku), stock(product.stock)),
    ),
    element(
      "button",
      { type: "button", class: "icon-button card-delete", "aria-label": `Delete ${product.name}`, title: "Delete", "data-testid": "product-delete", onclick: () => onDelete(product) },
      icon(ICONS.remove),
    ),
  );
}

function stock(pieces) {
  const [level, text] =
    pieces === 0 ? ["out", "Sold out"] : pieces <= LOW_STOCK ? ["low", `Only ${pieces} left`] : ["plenty", `${pieces.toLocaleString()} in stock`];
  return element("span", { class: `stock ${level}`, "data-testid": "product-stock" }, text);
}

export function skeletons(count) {
  return Array.from({ length: count }, () =>
    element(
      "div",
      { class: "card skeleton", "aria-hidden": "true" },
      drawing("svg", { class: "art", viewBox: "0 0 16 10" }),
      element("div", { class: "card-body" }, element("div", { class: "bone title" }), element("div", { class: "bone" }), element("div", { class: "bone short" })),
    ),
  );
}
