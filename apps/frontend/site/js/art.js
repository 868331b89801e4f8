// A picture for every product, drawn from its tag and SKU: same product, same picture. Deliberately no image files.

import { drawing } from "./dom.js";

const TILE = 40;
const COLUMNS = 4;
const ROWS = 2.5;
// Pairs of hues that sit well together, in oklch degrees.
const PALETTES = [
  [165, 75], [30, 85], [255, 55], [140, 35], [55, 200], [300, 60], [215, 90], [15, 250], [95, 20], [185, 320],
];

/** An SVG of quarter circles, discs and bars. */
export function art(theme, seed) {
  const random = generator(`${theme}/${seed}`);
  const [base, contrast] = PALETTES[hash(theme) % PALETTES.length];
  const colours = [
    `oklch(0.46 0.085 ${base})`,
    `oklch(0.7 0.1 ${base})`,
    `oklch(0.9 0.035 ${base})`,
    `oklch(0.76 0.13 ${contrast})`,
    `oklch(0.93 0.03 ${contrast})`,
  ];
  const svg = drawing("svg", { class: "art", viewBox: `0 0 ${COLUMNS * TILE} ${ROWS * TILE}`, preserveAspectRatio: "xMidYMid slice", "aria-hidden": "true" });
  for (let row = 0; row < Math.ceil(ROWS); row += 1) {
    for (let column = 0; column < COLUMNS; column += 1) svg.append(...tile(column * TILE, row * TILE, colours, random));
  }
  return svg;
}

function tile(x, y, colours, random) {
  const ground = pick(colours, random);
  const figure = pick(colours.filter((colour) => colour !== ground), random);
  const shape = pick(SHAPES, random)(Math.floor(random() * 4));
  // Half a unit more, or hairlines show between tiles.
  const square = drawing("rect", { x, y, width: TILE + 0.5, height: TILE + 0.5, fill: ground, "shape-rendering": "crispEdges" });
  const turn = `translate(${x + TILE / 2} ${y + TILE / 2}) rotate(${Math.floor(random() * 4) * 90}) translate(${-TILE / 2} ${-TILE / 2})`;
  return [square, drawing("g", { transform: turn, fill: figure }, shape)];
}

const SHAPES = [
  () => drawing("path", { d: `M0 0H${TILE}A${TILE} ${TILE} 0 0 1 0 ${TILE}Z` }),
  () => drawing("path", { d: `M0 0H${TILE}A${TILE} ${TILE} 0 0 1 0 ${TILE}Z` }),
  () => drawing("path", { d: `M0 ${TILE / 2}A${TILE / 2} ${TILE / 2} 0 0 1 ${TILE} ${TILE / 2}Z` }),
  () => drawing("circle", { cx: TILE / 2, cy: TILE / 2, r: TILE / 2 }),
  () => drawing("circle", { cx: TILE / 2, cy: TILE / 2, r: TILE / 5 }),
  () => drawing("path", { d: `M0 0H${TILE}V${TILE / 2}H0Z` }),
  () => drawing("path", { d: `M0 0L${TILE} ${TILE}H0Z` }),
  () => drawing("g", {}),
];

const pick = (choices, random) => choices[Math.floor(random() * choices.length)];

function hash(text) {
  let value = 2166136261; // FNV-1a
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0), 16777619);
  return value >>> 0;
}

function generator(text) {
  let state = hash(text);
  return () => {
    state = (state + 0x6d2b79f5) | 0; // mulberry32
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
