// The page: what is listed, and what a person does with it. Deliberately the only module that holds state.

import { readAddress, writeAddress } from "./address.js";
import { Problem, createProduct, deleteProduct, listProducts, listTags } from "./api.js";
import { card, skeletons } from "./card.js";
import { element } from "./dom.js";
import { openEditor } from "./editor.js";
import { hideNotice, showEmpty, showFailure, showNothingFound } from "./notice.js";
import { showPager } from "./pager.js";
import { toast } from "./toasts.js";

const PAGE_SIZE = 12;
const TYPING_PAUSE_MS = 220;
const RETRY_MS = 5_000;

const page = Object.fromEntries(["heading", "count", "search", "sort", "tags", "products", "create"].map((id) => [id, document.getElementById(id)]));
let listing = readAddress();
let running = new AbortController();
let retryTimer = 0;
let last = { page: 1, pages: 1 };

/** Change what is listed; from the first page on unless a page is named. */
function go(change, options = {}) {
  listing = { ...listing, page: 1, ...change };
  writeAddress(listing, options);
  return load();
}

async function load({ highlight = null } = {}) {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  clearTimeout(retryTimer);
  showBusy();
  try {
    const answer = await listProducts({ ...listing, pageSize: PAGE_SIZE }, signal);
    // The last product of the last page may just have been deleted.
    if (!answer.items.length && listing.page > answer.pages) return go({ page: answer.pages }, { isTyping: true });
    show(answer, highlight);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    showTrouble(error);
  }
}

function showBusy() {
  page.products.ariaBusy = "true";
  if (page.products.querySelector("[data-testid=product]")) page.products.classList.add("stale");
  else if (!page.products.children.length) page.products.replaceChildren(...skeletons(8));
  page.search.value = document.activeElement === page.search ? page.search.value : listing.query;
  page.sort.value = listing.sort;
  showTags();
}

function show(answer, highlight) {
  last = answer;
  page.products.ariaBusy = "false";
  page.products.classList.remove("stale");
  hideNotice();
  page.products.replaceChildren(...answer.items.map((product) => card(product, { onOpen: open, onDelete: remove })));
  const isFiltered = Boolean(listing.query || listing.tag);
  page.heading.textContent = listing.query ? `“${listing.query}”` : listing.tag ? `#${listing.tag}` : "All products";
  page.count.textContent = `${answer.total.toLocaleString()} ${answer.total === 1 ? "product" : "products"}${answer.pages > 1 ? `, page ${answer.page} of ${answer.pages}` : ""}`;
  showPager(answer.page, answer.pages, (to) => turn(to));
  if (!answer.total) isFiltered ? showNothingFound(clear) : showEmpty(create);
  if (highlight) page.products.querySelector(`[data-id="${highlight}"]`)?.classList.add("saved");
}

function showTrouble(problem) {
  page.products.ariaBusy = "false";
  page.products.classList.remove("stale");
  page.products.replaceChildren();
  showPager(1, 1, () => {});
  page.count.textContent = "";
  showFailure(problem.message, () => load());
  if (problem.isTemporary) retryTimer = setTimeout(load, RETRY_MS);
}

let tagsInUse = [];
async function loadTags() {
  tagsInUse = await listTags().catch(() => tagsInUse);
  showTags();
}

function showTags() {
  const offered = listing.tag && !tagsInUse.includes(listing.tag) ? [listing.tag, ...tagsInUse] : tagsInUse;
  const focused = document.activeElement?.dataset.tag;
  page.tags.replaceChildren(...offered.map((tag) => {
    const isOn = tag === listing.tag;
    return element("button", { type: "button", class: "chip", "aria-pressed": String(isOn), "data-testid": "tag", "data-tag": tag, onclick: () => go({ tag: isOn ? "" : tag }) }, tag);
  }));
  if (focused) page.tags.querySelector(`[data-tag="${CSS.escape(focused)}"]`)?.focus();
}

function turn(to) {
  if (to < 1 || to > last.pages) return;
  go({ page: to });
  scrollTo({ top: 0 });
}

function clear() {
  page.search.value = "";
  go({ query: "", tag: "" });
}

const create = () => openEditor(null, { onSaved: saved, onDelete: remove });
const open = (product) => openEditor(product, { onSaved: saved, onDelete: remove });

async function saved(product, verb) {
  toast(verb === "Kept" ? `“${product.name}” stays as somebody else saved it.` : `${verb} “${product.name}”.`);
  loadTags();
  await load({ highlight: product.id });
}

async function remove(product) {
  page.products.querySelector(`[data-id="${product.id}"]`)?.classList.add("leaving");
  try {
    await deleteProduct(product.id, product.etag);
    toast(`Deleted “${product.name}”.`, { action: { label: "Undo", run: () => restore(product) } });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const text = error.isConflict ? `“${product.name}” was changed by somebody else, so it was not deleted. Look at it again first.` : error.message;
    toast(text, { kind: "error" });
  }
  loadTags();
  await load();
  page.products.focus({ preventScroll: true });
}

async function restore({ sku, name, description, price, stock, tags }) {
  try {
    const product = await createProduct({ sku, name, description, price, stock, tags });
    await saved(product, "Restored");
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(error.message, { kind: "error" });
  }
}

let typingTimer = 0;
page.search.addEventListener("input", () => {
  clearTimeout(typingTimer);
  typingTimer = setTimeout(() => go({ query: page.search.value.trim() }, { isTyping: true }), TYPING_PAUSE_MS);
});
document.getElementById("search-form").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typingTimer);
  go({ query: page.search.value.trim() });
});
page.sort.addEventListener("change", () => go({ sort: page.sort.value }));
page.create.addEventListener("click", create);
addEventListener("popstate", () => {
  listing = readAddress();
  load();
});
addEventListener("keydown", (event) => {
  const isTyping = event.target.closest?.("input, textarea, select, dialog");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = { "/": () => page.search.focus(), n: create, ArrowLeft: () => turn(last.page - 1), ArrowRight: () => turn(last.page + 1) }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

load();
loadTags();
