// What can be edited of a product: how a field is shown, read from a form, and compared. Deliberately no DOM dialogs.

import { minorUnits, shownPrice } from "./money.js";

/** Every field that an edit may change, in reading order; `text` is how a person reads it. */
export const FIELDS = [
  { key: "name", label: "Name", text: (product) => product.name },
  { key: "description", label: "Description", text: (product) => product.description },
  { key: "price", label: "Price", text: (product) => shownPrice(product.price) },
  { key: "stock", label: "Stock", text: (product) => product.stock.toLocaleString() },
  { key: "tags", label: "Tags", text: (product) => product.tags.join(", ") },
];

/** The change that a form holds, and what is wrong with it: `{change, problems: {inputName: text}}`. */
export function readForm(form) {
  const value = (name) => form.elements[name].value.trim();
  const amountMinor = minorUnits(value("amount"), value("currency"));
  const problems = {};
  if (!value("name")) problems.name = "Give the product a name.";
  if (!/^[a-z0-9][a-z0-9-]{1,30}[a-z0-9]$/i.test(value("sku"))) problems.sku = "3 to 32 letters, digits or dashes.";
  if (amountMinor === null) problems.amount = "Enter an amount, such as 24.90.";
  if (!/^\d{1,9}$/.test(value("stock"))) problems.stock = "Enter a whole number.";
  const change = {
    name: value("name"),
    description: value("description"),
    price: { amountMinor, currency: value("currency") },
    stock: Number(value("stock")),
    tags: [...new Set(value("tags").toLowerCase().split(",").map((tag) => tag.trim()).filter(Boolean))],
  };
  return { change, problems };
}

/** Which input of the form a field of the API belongs to: "body.price.amountMinor" is the input `amount`. */
export function inputOf(apiField) {
  const [, first, second] = apiField.split(".");
  return first === "price" ? (second === "currency" ? "currency" : "amount") : first;
}

export const editable = (product) => Object.fromEntries(FIELDS.map(({ key }) => [key, product[key]]));

export const isEqual = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * Fields in which two edits of the same product differ. `keep` is the side to suggest: "mine" where I changed the
 * field, "theirs" where only they did.
 */
export function differences(base, mine, theirs) {
  return FIELDS.filter(({ key }) => !isEqual(mine[key], theirs[key])).map((field) => ({
    ...field,
    keep: isEqual(mine[field.key], base[field.key]) ? "theirs" : "mine",
  }));
}
