// Channels as pictures: the curated ones, those that the picture excites, all of a layer.

import { element } from "./elements.js";

const ALL = "all"; // of the tags

// What the atlas holds: { tile, layers, curated, chosen }; layers is empty where there is no atlas.
export async function fetchMotifs() {
  const answer = await fetch("atlas/motifs.json").catch(() => null);
  return answer?.ok ? answer.json() : null;
}

function paint(box, at, { sheet, columns, count }, tile) {
  const larger = 1 + 2 / tile; // a pixel less all round: the neighbours' would shine through where it is enlarged
  const rows = Math.ceil(count / columns);
  const spot = (place, places) => `${(((place + 0.5) * larger - 0.5) / (places * larger - 1)) * 100}%`;
  box.style.backgroundImage = `url("${sheet}")`;
  box.style.backgroundSize = `${columns * larger * 100}% ${rows * larger * 100}%`;
  box.style.backgroundPosition = `${spot(at % columns, columns)} ${spot(Math.floor(at / columns), rows)}`;
}

export class Motifs {
  // `atlas`: what `fetchMotifs` gave. `layers`: those that can be played, with their counts. `pick(name)` plays one.
  constructor(atlas, layers, pick) {
    this.atlas = atlas;
    this.layers = layers;
    this.pick = pick;
    this.playing = "";
    this.words = new Map(atlas.curated.map(({ name, word }) => [name, word]));
    this.boxes = [];
    this.excitedNow = "";
  }

  // Whether it can be played here.
  there(name) {
    const [layer, number] = name.split(":");
    return layer in this.layers && Number(number) < this.layers[layer];
  }

  button(name, at = null) {
    const [layer, number] = name.split(":");
    const word = this.words.get(name) ?? "";
    const made = element("button", { type: "button", title: name, "aria-label": word ? `${name}, ${word}` : name },
                         element("span", {}, word || number));
    made.dataset.channel = name;
    made.setAttribute("aria-pressed", String(name === this.playing));
    const has = layer in this.atlas.layers;
    if (has && at !== null) paint(made, at, this.atlas.chosen, this.atlas.tile);
    else if (has) paint(made, Number(number), this.atlas.layers[layer], this.atlas.tile);
    made.addEventListener("click", () => this.pick(name));
    return made;
  }

  box(label) {
    const made = element("div", { className: "motifs", role: "group", "aria-label": label });
    this.boxes.push(made);
    return made;
  }

  // The curated ones, with their tags to choose by.
  curated() {
    const box = this.box("curated channels");
    const all = this.atlas.curated.map((each, at) => ({ ...each, at })).filter(({ name }) => this.there(name));
    const counts = new Map();
    for (const tag of all.flatMap(({ tags }) => tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    const tags = [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one));
    const chips = [ALL, ...tags].map((tag) => element("button", { type: "button" }, tag));
    const show = (wanted) => {
      for (const chip of chips) chip.setAttribute("aria-pressed", String(chip.textContent === wanted));
      const some = all.filter((each) => wanted === ALL || each.tags.includes(wanted));
      box.replaceChildren(...some.map(({ name, at }) => this.button(name, at)));
      box.scrollTo(0, 0);
    };
    for (const chip of chips) chip.addEventListener("click", () => show(chip.textContent));
    show(ALL);
    if (!all.length) return [];
    return [element("div", { className: "chips", role: "group", "aria-label": "tags" }, ...chips), box];
  }

  // A row that stays hidden until something is reported.
  excited() {
    const box = this.box("what this picture excites");
    this.row = element("div", { className: "excited", hidden: true },
                       element("h3", {}, "what this picture excites"), box);
    this.excitedBox = box;
    return this.row;
  }

  // All of a layer, made when it is opened.
  whole(layer) {
    const box = this.box("");
    const title = element("summary", {});
    const made = element("details", { className: "whole" }, title, box);
    const fill = () => {
      const name = layer.value;
      title.textContent = `all of ${name}`;
      if (!made.open || box.dataset.layer === name) return;
      box.dataset.layer = name;
      box.setAttribute("aria-label", title.textContent);
      const dead = new Set(this.atlas.layers[name]?.dead);
      const numbers = [...Array(this.layers[name]).keys()].filter((number) => !dead.has(number));
      box.replaceChildren(...numbers.map((number) => this.button(`${name}:${number}`)));
    };
    made.addEventListener("toggle", fill);
    this.fill = fill;
    fill();
    return made;
  }

  update({ report }, news) {
    if (news.report) this.excite((report.excited ?? []).filter((name) => this.there(name)));
  }

  play(channel) {
    this.playing = channel;
    this.fill();
    for (const box of this.boxes) {
      for (const button of box.children) {
        button.setAttribute("aria-pressed", String(button.dataset.channel === channel));
      }
    }
  }

  excite(names) {
    const held = this.excitedBox.querySelector(":focus-visible")
      || (matchMedia("(hover: hover)").matches && this.excitedBox.matches(":hover"));
    if (names.join() === this.excitedNow || (held && names.length)) return; // never under the hand that goes for one
    this.excitedNow = names.join();
    this.row.hidden = !names.length;
    this.excitedBox.replaceChildren(...names.map((name) => this.button(name)));
  }
}
