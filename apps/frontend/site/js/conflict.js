// What happens when somebody else saved first: both versions side by side, and a choice per field that differs.
// Deliberately nobody's work is thrown away silently, and nothing is merged without being shown.

import { Problem, editProduct } from "./api.js";
import { element } from "./dom.js";
import { differences } from "./product_fields.js";

/** Show both versions in the dialog; `onSaved(product)` after the chosen one was saved, `onLeave()` to keep theirs. */
export function showConflict(dialog, { base, mine, theirs, onSaved, onLeave }) {
  const fields = differences(base, mine, theirs);
  const banner = element("div", { class: "banner", role: "alert", hidden: true });
  const form = element(
    "form",
    { "data-testid": "conflict" },
    element("header", { class: "editor-head" }, element("div", {}, element("h2", { id: "editor-title", tabindex: "-1" }, "Somebody else saved first"), element("p", {}, `While you were editing, “${theirs.name}” became version ${theirs.version}.`))),
    element(
      "div",
      { class: "editor-body" },
      banner,
      element("p", { class: "banner note" }, fields.length ? "Nothing is lost. Choose what to keep for each field that differs, then save." : "Both of you made the same change, so there is nothing left to save."),
      element("div", { class: "versions" }, fields.map((field) => difference(field, mine, theirs))),
    ),
    element(
      "footer",
      { class: "editor-foot" },
      element("button", { type: "button", class: "button quiet", "data-testid": "conflict-leave", onclick: onLeave }, fields.length ? "Discard my edit" : "Close"),
      fields.length ? element("button", { type: "submit", class: "button primary", "data-testid": "conflict-save" }, "Save this choice") : null,
    ),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const change = { ...mine };
    for (const { key } of fields) if (form.elements[`keep-${key}`].value === "theirs") change[key] = theirs[key];
    setBusy(form, true);
    try {
      onSaved(await editProduct(theirs.id, theirs.etag, change));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // It can happen again: then what was just chosen is mine, and the newest version is theirs.
      if (error.isConflict) return showConflict(dialog, { base: theirs, mine: change, theirs: error.current, onSaved, onLeave });
      banner.textContent = error.message;
      banner.hidden = false;
      setBusy(form, false);
    }
  });
  dialog.replaceChildren(form);
  form.querySelector("h2").focus();
}

function difference({ key, label, text, keep }, mine, theirs) {
  return element(
    "fieldset",
    { class: "difference", "data-testid": `difference-${key}` },
    element("legend", {}, label),
    element("div", { class: "choices" }, choice(key, "theirs", "Their version", text(theirs), keep), choice(key, "mine", "Your version", text(mine), keep)),
  );
}

function choice(key, side, whose, value, keep) {
  return element(
    "label",
    { class: "choice", "data-testid": `choice-${key}-${side}` },
    element("input", { type: "radio", name: `keep-${key}`, value: side, checked: side === keep }),
    element("span", { class: "whose" }, whose),
    element("span", { class: "value" }, value),
  );
}

function setBusy(form, isBusy) {
  for (const button of form.querySelectorAll("button")) button.disabled = isBusy;
}
