// Elements and icons, made from a line each.

const SVG = "http://www.w3.org/2000/svg";
// Strokes in a square of 24.
const ICONS = {
  pause: "M9 5v14M15 5v14",
  play: "M8 5l11 7-11 7z",
  undo: "M4 9h10a5 5 0 0 1 0 10h-4M4 9l4-4M4 9l4 4",
  redo: "M20 9H10a5 5 0 0 0 0 10h4M20 9l-4-4M20 9l-4 4",
  screenshot: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 .01 0z",
  record: "M12 6a6 6 0 1 0 .01 0z",
  full: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  surprise: "M5 5h14v14H5zM9 9h.01M15 9h.01M12 12h.01M9 15h.01M15 15h.01",
  layer: "M12 4l8 4-8 4-8-4zM4 12l8 4 8-4M4 16l8 4 8-4",
  star: "M12 4l2.5 5.2 5.5.8-4 4 1 5.6-5-2.7-5 2.7 1-5.6-4-4 5.5-.8z",
  tempo: "M12 12L17 5M8 20h8l-2-15h-4z",
  mix: "M5 4v16M12 4v16M19 4v16M3 9h4M10 15h4M17 7h4",
  looks: "M4 5h7v6H4zM13 5h7v6h-7zM4 13h7v6H4zM13 13h7v6h-7z",
  channel: "M12 5c4.5 0 8 4 9 7-1 3-4.5 7-9 7s-8-4-9-7c1-3 4.5-7 9-7zM12 9a3 3 0 1 0 .01 0z",
  sound: "M4 10v4M8 6v12M12 9v6M16 4v16M20 10v4",
  more: "M5 12h.01M12 12h.01M19 12h.01",
};

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon icon-${name}`);
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// A button that does `act`. `label` is its name, unless it shows the words of `children`.
export function button(label, act, properties = {}, ...children) {
  const made = element("button", { type: "button", title: label, ...properties }, ...(children.length ? children : [label]));
  if (children.length) made.setAttribute("aria-label", properties["aria-label"] ?? label);
  made.addEventListener("click", act);
  return made;
}

export const find = (selector) => document.querySelector(selector);
export const plain = (name) => name.replaceAll("_", " ");
export const short = (value) => (typeof value === "number" ? String(Number(value.toPrecision(3))) : value);

export function press(made, on) {
  made?.setAttribute("aria-pressed", String(Boolean(on)));
}

// A part of a tab under a title, which can be folded.
export function folder(title, open, ...body) {
  return element("details", { open }, element("summary", {}, title), ...body);
}

// A part of a tab under a title.
export function card(title, ...body) {
  return element("section", { className: "card" }, element("h2", {}, title), ...body);
}

// Calls `act` when it is pressed for HOLD_MS, and `tap` when it is pressed for less, or by a key.
const HOLD_MS = 550;
export function holdable(made, tap, act) {
  let timer = null, held = false;
  made.addEventListener("pointerdown", () => {
    held = false;
    clearTimeout(timer);
    timer = setTimeout(() => {
      held = true;
      act();
    }, HOLD_MS);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    made.addEventListener(end, () => clearTimeout(timer));
  }
  made.addEventListener("contextmenu", (event) => event.preventDefault());
  made.addEventListener("click", () => {
    if (!held) tap();
    held = false;
  });
}
