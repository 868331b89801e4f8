// What stands in place of the products when there are none to show. Deliberately always with a way on.

import { art } from "./art.js";
import { element } from "./dom.js";

const box = document.querySelector("#notice");

export function hideNotice() {
  box.hidden = true;
  box.replaceChildren();
}

function show(kind, title, text, ...actions) {
  const picture = art(kind, title);
  picture.setAttribute("viewBox", "40 0 80 80");
  box.replaceChildren(picture, element("h2", {}, title), element("p", {}, text), element("div", { class: "actions" }, actions));
  box.dataset.kind = kind;
  box.hidden = false;
}

const button = (label, run, kind = "") => element("button", { type: "button", class: `button ${kind}`, onclick: run }, label);

export const showNothingFound = (onClear) => show("nothing", "Nothing matches", "Try fewer or shorter words, or another tag.", button("Show all products", onClear, "primary"));

export const showEmpty = (onCreate) => show("empty", "A blank page", "There are no products yet. The first one takes a minute.", button("Create a product", onCreate, "primary"));

export const showFailure = (text, onRetry) => show("failure", "The shelves are out of reach", text, button("Try again", onRetry, "primary"));
