// Builds DOM nodes from plain values. Text is deliberately only ever set as text: nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element: `element("p", {class: "count", onclick}, "text", child)`; null children are left out. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function drawing(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

/** A line icon of 20 by 20 from one path. */
export function icon(path) {
  return drawing("svg", { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true" }, drawing("path", { d: path }));
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export const ICONS = {
  close: "m5 5 10 10M15 5 5 15",
  remove: "M4 6h12M8 6V4h4v2m2.500 0-.6 10H6.100L5.500 6M8.500 9v4.500m3-4.500v4.500",
};
