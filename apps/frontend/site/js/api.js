// The REST API of the catalogue, at the same origin. Deliberately thin: no cache, no retries, no state.

const BASE = "api/v1";
const PATIENCE_MS = 15_000;

/** What the API refused, as a problem document (RFC 9457), or what kept the request from being answered at all. */
export class Problem extends Error {
  constructor({ status = 0, title = "", detail = "", errors = [], current = null }) {
    super(detail || title);
    Object.assign(this, { name: "Problem", status, errors, current });
  }

  get isConflict() {
    return this.status === 412;
  }

  get isTemporary() {
    return this.status === 0 || this.status >= 500;
  }
}

export function listProducts({ query, tag, sort, page, pageSize }, signal) {
  const parameters = new URLSearchParams({ sort, page, pageSize });
  if (query) parameters.set("query", query);
  if (tag) parameters.set("tag", tag);
  return request("GET", `products?${parameters}`, { signal });
}

export const listTags = () => request("GET", "tags").then((answer) => answer.items);
export const createProduct = (product) => request("POST", "products", { body: product });
export const editProduct = (id, etag, change) => request("PUT", `products/${id}`, { body: change, etag });
export const deleteProduct = (id, etag) => request("DELETE", `products/${id}`, { etag });

async function request(method, path, { body, etag, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (etag) headers["If-Match"] = etag;
  const patience = AbortSignal.timeout(PATIENCE_MS);
  let response;
  try {
    response = await fetch(`${BASE}/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem({ detail: "The catalogue cannot be reached. Check your connection and try again." });
  }
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new Problem({ detail: `The catalogue answered with an error (${response.status}).`, ...answer, status: response.status });
}
