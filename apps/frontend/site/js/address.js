// What is listed, kept in the page's address: reload, back and a shared link show the same. Deliberately no storage.

const DEFAULTS = { query: "", tag: "", sort: "name", page: 1 };
const SORTS = ["name", "-updatedAt", "price", "-price"];

export function readAddress() {
  const parameters = new URLSearchParams(location.search);
  const sort = parameters.get("sort");
  return {
    query: parameters.get("query") ?? DEFAULTS.query,
    tag: parameters.get("tag") ?? DEFAULTS.tag,
    sort: SORTS.includes(sort) ? sort : DEFAULTS.sort,
    page: Math.max(1, Number.parseInt(parameters.get("page") ?? "1", 10) || 1),
  };
}

/** Write the listing into the address; typing replaces the entry in the history, everything else adds one. */
export function writeAddress(listing, { isTyping = false } = {}) {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(listing)) if (value !== DEFAULTS[key]) parameters.set(key, value);
  const address = parameters.size ? `?${parameters}` : location.pathname;
  if (isTyping) history.replaceState(null, "", address);
  else if (location.search !== (parameters.size ? address : "")) history.pushState(null, "", address);
}
