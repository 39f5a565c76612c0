// Shows a motif in a box, as a part of the layer's sheet.

import { columns, layers, tile } from "./channels.js";

const LARGER = 1 + 2 / tile; // cuts off a pixel on each side: enlarged, the neighbors' pixels would show

for (const [layer, { sheet }] of Object.entries(layers)) {
  const url = new URL(sheet, document.baseURI); // else the URL is relative to the style sheet
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

export const labelOf = ({ name, word }) => (word ? `${name}, ${word}` : name);

export function motif(channel) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "motif";
  button.dataset.name = channel.name;
  button.setAttribute("aria-label", labelOf(channel));
  paint(button, channel);
  return button;
}
