// A motif in a box: its place on the layer's sheet.

import { columns, layers, tile } from "./channels.js";

const LARGER = 1 + 2 / tile; // a pixel less all round: the neighbours' would shine through where it is enlarged

for (const [layer, { sheet }] of Object.entries(layers)) {
  const url = new URL(sheet, document.baseURI); // a rule's own base is its style sheet's
  document.styleSheets[0].insertRule(`.of-${layer} { background-image: url("${url}"); }`);
}

const spot = (at, count) => `${(((at + 0.5) * LARGER - 0.5) / (count * LARGER - 1)) * 100}%`;

export function paint(box, { layer, number }) {
  const rows = Math.ceil(layers[layer].count / columns);
  for (const name of [...box.classList].filter((each) => each.startsWith("of-"))) box.classList.remove(name);
  box.classList.add(`of-${layer}`);
  box.style.backgroundSize = `${columns * LARGER * 100}% ${rows * LARGER * 100}%`;
  box.style.backgroundPosition = `${spot(number % columns, columns)} ${spot(Math.floor(number / columns), rows)}`;
}

export const told = ({ name, word }) => (word ? `${name}, ${word}` : name);

export function motif(channel) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "motif";
  button.dataset.name = channel.name;
  button.setAttribute("aria-label", told(channel));
  paint(button, channel);
  return button;
}
