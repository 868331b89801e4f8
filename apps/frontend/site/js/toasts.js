// Short messages at the foot of the page. Deliberately never the only place where an error of a form is shown.

import { ICONS, element, icon } from "./dom.js";

const SHOWN_MS = 6_000;
const region = document.querySelector("#toasts");

/** Show a message; `action` is `{label, run}`. It stays while the pointer or the focus is on it. */
export function toast(text, { kind = "info", action = null } = {}) {
  const note = element(
    "div",
    { class: `toast ${kind}`, role: kind === "error" ? "alert" : "status", "data-testid": "toast" },
    element("p", {}, text),
    action && element("button", { type: "button", class: "action", "data-testid": "toast-action", onclick: () => (note.remove(), action.run()) }, action.label),
    element("button", { type: "button", class: "dismiss", "aria-label": "Dismiss", onclick: () => note.remove() }, icon(ICONS.close)),
  );
  let timer;
  const wait = () => { timer = setTimeout(() => note.remove(), action ? SHOWN_MS * 1.5 : SHOWN_MS); };
  const stay = () => clearTimeout(timer);
  for (const event of ["pointerenter", "focusin"]) note.addEventListener(event, stay);
  for (const event of ["pointerleave", "focusout"]) note.addEventListener(event, wait);
  region.append(note);
  while (region.children.length > 3) region.firstElementChild.remove();
  wait();
}
