// Page numbers under the products. Deliberately numbers, not endless scrolling: a place can be found again.

import { element } from "./dom.js";

const box = document.querySelector("#pager");

/** Numbers to show: the first, the last, and the current one with its neighbours; null is a gap. */
export function pageNumbers(page, pages) {
  const near = [1, page - 1, page, page + 1, pages].filter((number) => number >= 1 && number <= pages);
  const sorted = [...new Set(near)].sort((a, b) => a - b);
  return sorted.flatMap((number, at) => {
    const before = sorted[at - 1];
    if (at === 0 || number === before + 1) return [number];
    return number === before + 2 ? [number - 1, number] : [null, number];
  });
}

export function showPager(page, pages, onTurn) {
  box.hidden = pages < 2;
  const turn = (label, to, name, testid) =>
    element("button", { type: "button", "aria-label": name, disabled: to < 1 || to > pages, "data-testid": testid, onclick: () => onTurn(to) }, label);
  box.replaceChildren(
    turn("←", page - 1, "Previous page", "page-previous"),
    ...pageNumbers(page, pages).map((number) =>
      number === null
        ? element("span", { "aria-hidden": "true" }, "…")
        : element("button", { type: "button", "aria-label": `Page ${number}`, "aria-current": number === page ? "page" : null, onclick: () => onTurn(number) }, String(number)),
    ),
    turn("→", page + 1, "Next page", "page-next"),
  );
}
