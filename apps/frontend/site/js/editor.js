// The dialog that creates and edits a product. Deliberately one dialog for both: they differ in the SKU alone.

import { Problem, createProduct, editProduct } from "./api.js";
import { showConflict } from "./conflict.js";
import { ICONS, element, icon } from "./dom.js";
import { typedAmount } from "./money.js";
import { editable, inputOf, isEqual, readForm } from "./product_fields.js";

const CURRENCIES = ["EUR", "USD", "GBP", "CHF", "SEK", "JPY"];
const BLANK = { sku: "", name: "", description: "", price: { amountMinor: null, currency: "EUR" }, stock: 0, tags: [] };
const dialog = document.querySelector("#editor");

/**
 * Open the dialog for a product, or for a new one when it is null.
 * `onSaved(product, verb)` and `onDelete(product)` are called after the dialog closed.
 */
export function openEditor(product, { onSaved, onDelete }) {
  const form = element("form", { novalidate: true, "data-testid": "editor-form" });
  const draw = (values) => form.replaceChildren(...content(product, values, { onDelete: () => close(() => onDelete(product)) }));
  draw(product ?? BLANK);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form, product, onSaved);
  });
  dialog.replaceChildren(form);
  // While a save is under way its outcome must not be missed.
  dialog.oncancel = (event) => {
    const isBusy = form.ariaBusy === "true";
    if (isBusy || (isChanged(form, product) && !confirm("Leave without saving?"))) event.preventDefault();
  };
  dialog.showModal();
  form.elements[product ? "name" : "sku"].focus();
}

export function close(after = () => {}) {
  dialog.close();
  dialog.replaceChildren();
  after();
}

async function submit(form, product, onSaved) {
  const { change, problems } = readForm(form);
  showProblems(form, problems);
  if (Object.keys(problems).length) return;
  if (product && isEqual(change, editable(product))) return close();
  setBusy(form, true);
  try {
    const saved = product ? await editProduct(product.id, product.etag, change) : await createProduct({ sku: form.elements.sku.value.trim().toUpperCase(), ...change });
    close(() => onSaved(saved, product ? "Saved" : "Created"));
  } catch (error) {
    setBusy(form, false);
    if (!(error instanceof Problem)) throw error;
    if (error.isConflict) return showConflict(dialog, { base: product, mine: change, theirs: error.current, onSaved: (saved) => close(() => onSaved(saved, "Saved")), onLeave: () => close(() => onSaved(error.current, "Kept")) });
    if (error.status === 409) return showProblems(form, { sku: error.message });
    showProblems(form, Object.fromEntries((error.errors ?? []).map(({ field, message }) => [inputOf(field), message])), error.message);
  }
}

function content(product, values, { onDelete }) {
  const amount = values.price.amountMinor === null ? "" : typedAmount(values.price);
  const currencies = [...new Set([values.price.currency, ...CURRENCIES])].sort();
  return [
    element(
      "header",
      { class: "editor-head" },
      element("div", {}, element("h2", { id: "editor-title" }, product ? "Edit product" : "New product"), product && element("p", {}, `Version ${product.version}, changed ${when(product.updatedAt)}`)),
      element("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => close() }, icon(ICONS.close)),
    ),
    element(
      "div",
      { class: "editor-body" },
      element("div", { class: "banner", role: "alert", hidden: true, "data-testid": "editor-banner" }),
      element(
        "div",
        { class: "fields" },
        field("name", "Name", element("input", { value: values.name, maxlength: 120, autocomplete: "off", required: true }), { size: "half wide-on-phone" }),
        field("sku", "SKU", element("input", { value: values.sku, maxlength: 32, autocomplete: "off", spellcheck: "false", required: true, readonly: Boolean(product) }), {
          size: "half wide-on-phone",
          hint: product ? null : "Letters, digits and dashes. It cannot change later.",
        }),
        field("description", "Description", element("textarea", { maxlength: 2000, rows: 3 }, values.description)),
        field("amount", "Price", element("input", { value: amount, inputmode: "decimal", autocomplete: "off", required: true, placeholder: "0.00" }), { size: "third" }),
        field("currency", "Currency", element("select", {}, currencies.map((code) => element("option", { value: code, selected: code === values.price.currency }, code))), { size: "third" }),
        field("stock", "Pieces in stock", element("input", { value: values.stock, inputmode: "numeric", autocomplete: "off", required: true }), { size: "third wide-on-phone" }),
        field("tags", "Tags", element("input", { value: values.tags.join(", "), autocomplete: "off", placeholder: "kitchen, ceramics" }), { hint: "Separated by commas." }),
      ),
    ),
    element(
      "footer",
      { class: "editor-foot" },
      product && element("button", { type: "button", class: "button danger", "data-testid": "editor-delete", onclick: onDelete }, "Delete"),
      element("button", { type: "button", class: "button quiet", onclick: () => close() }, "Cancel"),
      element("button", { type: "submit", class: "button primary", "data-testid": "editor-save" }, product ? "Save changes" : "Create product"),
    ),
  ];
}

function field(name, label, input, { size = "", hint = null } = {}) {
  input.id = `field-${name}`;
  input.name = name;
  input.dataset.testid = `field-${name}`;
  input.setAttribute("aria-describedby", `hint-${name} problem-${name}`);
  return element(
    "div",
    { class: `field ${size}` },
    element("label", { for: input.id }, label),
    input,
    hint && element("span", { class: "hint", id: `hint-${name}` }, hint),
    element("span", { class: "problem", id: `problem-${name}`, "data-testid": `problem-${name}` }),
  );
}

function showProblems(form, problems, banner = "") {
  for (const input of form.querySelectorAll("[id^=field-]")) {
    const text = problems[input.name] ?? "";
    input.setAttribute("aria-invalid", text ? "true" : "false");
    form.querySelector(`#problem-${input.name}`).textContent = text;
  }
  const box = form.querySelector(".banner");
  box.textContent = banner;
  box.hidden = !banner;
  form.querySelector('[aria-invalid="true"]')?.focus();
}

function setBusy(form, isBusy) {
  form.ariaBusy = String(isBusy);
  for (const button of form.querySelectorAll("button")) button.disabled = isBusy;
}

function isChanged(form, product) {
  return Boolean(form.elements.name) && product && !isEqual(readForm(form).change, editable(product));
}

function when(time) {
  return new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" }).format(new Date(time));
}
