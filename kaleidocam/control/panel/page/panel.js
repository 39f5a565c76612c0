// The panel: builds itself from the registry, shows the state, and sends what hands and keys do.

import { choice, element, knob, pad, plain, text } from "./controls.js";
import { channelPicker, presetStrip } from "./choosing.js";
import { listenToKeys } from "./keyboard.js";
import { Line } from "./line.js";
import { Picture } from "./picture.js";
import { takeSent } from "./sent.js";

// How the parameters are grouped. Those that are named nowhere come last, so a new one is never missing.
const GROUPS = [
  { title: "Dream",
    names: ["strength", "rate", "half_life", "wet", "outline", "sharpness", "tilt", "detail", "scales", "morph"] },
  { title: "Colors", names: ["palette", "palette_amount", "color", "luma"] },
  { title: "Kaleidoscope", pad: ["where the mirrors meet", "center_x", "center_y"],
    names: ["mirrors", "geometry", "fold", "angle", "spin", "zoom", "tile", "center_x", "center_y"] },
  { title: "Drift", pad: ["where the dream drifts", "drift_x", "drift_y"],
    names: ["drift_zoom", "drift_turn", "drift_x", "drift_y"] },
  { title: "Beat and sound", names: ["modulate"] },
];
const OWN_PLACE = ["channel"];
const BAR = ["bypass", "pause", "tap"];
const METERS = [
  ["fps", "fps", 1], ["latency_ms", "ms late", 0], ["latency_p95_ms", "ms, 95 %", 0], ["steps", "dream / s", 1],
  ["dropped", "dropped", 0],
];
const TOAST_MS = 6000;

const find = (selector) => document.querySelector(selector);
const state = { look: {}, shares: {}, preset: "", presets: [], report: {} };
let built = "";
let parts = [];
let layers = {};

const say = (...words) => line.say(...words);
const picture = new Picture(find("#picture canvas"), () => say("seen"));
const line = new Line("panel", {
  picture: (blob) => picture.take(blob),
  message: hear,
  away: (why) => {
    find("#away").textContent = why;
    find("#away").hidden = false;
  },
});

function hear({ hello, look, shares, error, said, ...rest }) {
  Object.assign(state.look, look);
  Object.assign(state.shares, shares);
  Object.assign(state, rest);
  if (hello && JSON.stringify(hello) !== built) build(hello);
  find("#away").hidden = true;
  if (built) for (const part of parts) part(state, { look, shares, ...rest, hello });
  if (error || said) toast(error ?? said, Boolean(error));
  if (hello) taken();
}

function taken() {
  if (built) takeSent(layers, say, toast);
}

addEventListener("hashchange", taken);

function toast(words, wrong) {
  const place = find("#toast");
  place.textContent = words;
  place.classList.toggle("wrong", wrong);
  place.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (place.hidden = true), TOAST_MS);
}

async function ask(command) {
  if (command === "quit" && !(await sure())) return;
  say("ask", command);
}

function sure() {
  const dialog = find("#sure");
  if (!dialog.open) dialog.showModal();
  return new Promise((done) => {
    dialog.onclose = () => {
      done(dialog.returnValue === "yes");
      dialog.returnValue = "";
    };
  });
}

function build(hello) {
  built = JSON.stringify(hello);
  parts = [];
  layers = hello.layers;
  const parameters = new Map(hello.parameters.map((parameter) => [parameter.name, parameter]));
  find("#picture").style.aspectRatio = hello.size.join(" / ");
  const groups = [];
  const placed = new Set([...OWN_PLACE, ...GROUPS.flatMap(({ names }) => names)]);
  const finer = { title: "Finer", closed: true, names: [...parameters.keys()].filter((name) => !placed.has(name)) };
  for (const group of [...GROUPS, finer]) groups.push(section(group, parameters));
  groups.push(commands(hello.commands));
  find("#groups").replaceChildren(...groups);
  find("#choosing").replaceChildren(presetStrip(say, parts),
                                    channelPicker(parameters.get("channel"), hello.layers, say, parts));
  find("#bar").replaceChildren(...BAR.filter((name) => name in hello.commands).map((name) => {
    return command(name, hello.commands[name]);
  }));
  find("#keys dl").replaceChildren(...Object.entries(hello.keys).flatMap(([key, meaning]) => {
    return [element("dt", {}, element("kbd", {}, key === " " ? "space" : key)), element("dd", {}, meaning)];
  }));
  listenToKeys(hello.keys, say, sure, () => find("#keys").showModal());
  parts.push(meters);
}

function section(group, parameters) {
  const body = [];
  const there = group.names.filter((name) => parameters.has(name)).map((name) => parameters.get(name));
  if (group.pad?.slice(1).every((name) => parameters.has(name))) {
    const [title, across, down] = group.pad;
    const made = pad(title, parameters.get(across), parameters.get(down), say);
    parts.push((now, { look }) => look && made.update(now.look, now.shares));
    body.push(made.element);
  }
  for (const parameter of there) {
    const made = (parameter.choices.length ? choice : "low" in parameter ? knob : text)(parameter, say);
    parts.push((now, { look }) => {
      if (look && parameter.name in look) made.update(now.look[parameter.name], now.shares[parameter.name]);
    });
    body.push(made.element);
  }
  return folder(group.title, !group.closed, ...body);
}

export function folder(title, open, ...body) {
  return element("details", { open }, element("summary", {}, title), ...body);
}

function command(name, meaning) {
  const button = element("button", { type: "button", id: `do-${name}`, title: meaning }, plain(name));
  button.addEventListener("click", () => ask(name));
  return button;
}

function commands(all) {
  const buttons = Object.keys(all).filter((name) => !BAR.includes(name)).map((name) => command(name, all[name]));
  const keys = element("button", { type: "button", title: "the keys of this page and of the window" }, "keys");
  keys.addEventListener("click", () => find("#keys").showModal());
  return folder("More", true, element("div", { className: "buttons" }, ...buttons, keys));
}

function meters({ report }, { report: news }) {
  if (!news) return;
  find("#meters").replaceChildren(...METERS.filter(([name]) => name in report).map(([name, title, digits]) => {
    return element("div", {}, element("dd", {}, Number(report[name]).toFixed(digits)), element("dt", {}, title));
  }));
  find("#quality").textContent = report.quality ?? "";
  const lines = report.notices ?? [];
  find("#notices").replaceChildren(...lines.map((words) => element("li", {}, words)));
  for (const [name, on] of [["bypass", report.bypassed], ["pause", report.paused]]) {
    find(`#do-${name}`)?.setAttribute("aria-pressed", String(Boolean(on)));
  }
  find("#clean-badge").hidden = !report.bypassed;
}
