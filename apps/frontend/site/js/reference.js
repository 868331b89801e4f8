// Shows openapi.json to a person. Deliberately not a general OpenAPI viewer: it knows what this API uses.

import { element } from "./dom.js";

const summary = document.querySelector("#summary");

try {
  const response = await fetch("api/v1/openapi.json");
  if (!response.ok) throw new Error(String(response.status));
  show(await response.json());
} catch {
  summary.textContent = "The API cannot be reached right now. Reload to try again.";
}

function show(api) {
  summary.textContent = api.info.summary;
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => section(method, path, operation, api)),
  );
  document.querySelector("#operations").replaceChildren(...operations);
}

function section(method, path, operation, api) {
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  return element(
    "details",
    {},
    element("summary", {}, element("span", { class: `method ${method}` }, method.toUpperCase()), element("code", {}, path), element("span", { class: "said" }, operation.summary ?? "")),
    element(
      "div",
      { class: "inside" },
      operation.description && element("p", {}, operation.description),
      ...rows("Parameters", (operation.parameters ?? []).map(({ name, in: place, description, required }) => [name, [place, required && "required", description].filter(Boolean).join(", ")])),
      ...(body ? [element("h3", {}, "Body"), element("pre", { tabindex: 0 }, element("code", {}, JSON.stringify(example(body, api), null, 2)))] : []),
      ...rows("Answers", Object.entries(operation.responses).map(([status, { description }]) => [status, description])),
    ),
  );
}

function rows(title, entries) {
  if (!entries.length) return [];
  return [element("h3", {}, title), element("dl", { class: "rows" }, entries.flatMap(([term, text]) => [element("dt", {}, element("code", {}, term)), element("dd", {}, text)]))];
}

/** A value of the schema's shape, from its examples, defaults and types. */
function example(schema, api) {
  if (schema.$ref) return example(api.components.schemas[schema.$ref.split("/").at(-1)], api);
  if (schema.examples?.length) return schema.examples[0];
  if (schema.default !== undefined && schema.type !== "array") return schema.default;
  if (schema.anyOf) return example(schema.anyOf[0], api);
  if (schema.type === "object") return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, value]) => [name, example(value, api)]));
  if (schema.type === "array") return [example(schema.items, api)];
  return { integer: schema.minimum ?? 0, number: 0, boolean: true }[schema.type] ?? "…";
}
