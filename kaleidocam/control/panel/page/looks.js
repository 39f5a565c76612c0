// Looks: presets as pictures, in groups, with favourites; and saving, renaming and deleting one's own.

import { naming, sure } from "./dialogs.js";
import { button, element, icon, press } from "./elements.js";

const KEPT = "kaleidocam favourites"; // in this browser
const ALL = "all", FAVOURITES = "favourites", OWN = "mine";
const AGAIN_MS = 4000; // how often it is said that the presets are looked at

export class Looks {
  constructor(panel, hello) {
    this.panel = panel;
    this.groups = hello.groups ?? {};
    this.favourites = new Set(read());
    this.wanted = ALL;
    this.chips = element("div", { className: "chips", role: "group", "aria-label": "groups" });
    this.tiles = element("div", { className: "presets", role: "group", "aria-label": "presets" });
    panel.on((now, news) => this.update(now, news));
    setInterval(() => this.say(), AGAIN_MS);
    document.addEventListener("visibilitychange", () => this.say());
  }

  elements() {
    return [this.saving(), this.chips, this.tiles];
  }

  // Pictures of what is shown now are made only while someone looks.
  say() {
    const looked = this.shown && !document.hidden;
    if (looked || this.told) this.panel.say("looks", "", looked ? 1 : 0);
    this.told = looked;
  }

  open(shown) {
    this.shown = shown;
    this.say();
    if (shown) this.reveal();
  }

  saving() {
    const name = element("input", { type: "text", id: "save-name", placeholder: "name for this look", maxLength: 64,
                                    spellcheck: false, autocomplete: "off", "aria-label": "name for this look" });
    const form = element("form", { className: "save" }, name, element("button", {}, "Save"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (name.value.trim()) this.save(name);
      else name.focus();
    });
    this.own = element("div", { className: "own-actions", hidden: true },
                       element("span", {}),
                       button("Rename", () => this.rename()), button("Delete", () => this.remove()));
    this.laid = element("div", { className: "laid", hidden: true }, element("span", {}),
                        button("take the layer off", () => this.panel.say("layer", ""), {}, "No layer"));
    return element("div", { className: "saving" }, form, this.own, this.laid);
  }

  async save(input) {
    const name = input.value.trim();
    const there = this.presets.some((each) => each.own && each.name.toLowerCase() === name.toLowerCase());
    if (there && !(await sure(`Replace '${name}'?`, "Keep the old one", "Replace it"))) return;
    this.panel.say("save", name);
    input.value = "";
    input.blur();
  }

  async rename() {
    const name = this.playing, said = await naming(`Rename '${name}'`, name);
    if (!said || said === name) return;
    if (this.panel.say("rename", name, said)) this.renamed = { name, said };
  }

  // A favourite keeps its star under its new name, once it has that name.
  follow({ name, said }) {
    if (!this.presets.some((each) => each.name === said) || this.presets.some((each) => each.name === name)) return;
    this.renamed = undefined;
    if (!this.favourites.delete(name)) return;
    this.favourites.add(said);
    write(this.favourites);
  }

  async remove() {
    const name = this.playing;
    if (await sure(`Delete '${name}'?`, "Keep it", "Delete it")) this.panel.say("delete", name);
  }

  update({ presets, preset, pictured, look }, news) {
    if (news.look) this.layer(look.layer_channel ?? "");
    if (presets) this.presets = presets;
    if (news.presets && this.renamed) this.follow(this.renamed);
    const other = preset !== this.playing;
    this.playing = preset;
    if (news.presets || !this.tiles.children.length) this.show();
    if (news.presets || news.preset !== undefined) this.mark();
    if (news.pictured) {
      for (const tile of this.tiles.children) this.picture(tile, pictured[tile.dataset.name]);
    }
    this.pictured = pictured ?? {};
    if (other) this.reveal();
  }

  layer(channel) {
    this.laid.hidden = !channel;
    this.laid.firstChild.textContent = `layer: ${channel}`;
  }

  there() {
    const groups = [...new Set(Object.values(this.groups))];
    return [ALL, ...(this.favourites.size ? [FAVOURITES] : []),
            ...(this.presets.some(({ own }) => own) ? [OWN] : []), ...groups];
  }

  show() {
    if (!this.presets) return;
    const names = this.there();
    if (!names.includes(this.wanted)) this.wanted = ALL;
    this.chips.replaceChildren(...names.map((name) => {
      const chip = button(name, () => {
        this.wanted = name;
        this.show();
      });
      press(chip, name === this.wanted);
      return chip;
    }));
    const some = this.presets.filter(({ name, own }) => {
      return this.wanted === ALL || (this.wanted === OWN ? own : this.wanted === FAVOURITES
        ? this.favourites.has(name) : this.groups[name] === this.wanted && !own);
    });
    const keep = new Map([...this.tiles.children].map((tile) => [tile.dataset.name, tile]));
    this.tiles.replaceChildren(...some.map((each) => this.tile(each, keep.get(each.name))));
    this.mark();
  }

  tile(preset, before) {
    if (before && before.dataset.is === JSON.stringify(preset)) return before;
    const { name, own, picture } = preset;
    const play = element("button", { type: "button", title: name }, ...(picture || this.pictured?.[name]
      ? [element("img", { alt: "", width: 160, height: 90 })] : []), element("span", {}, name));
    play.dataset.preset = name;
    if (own) play.classList.add("own");
    play.addEventListener("click", () => this.panel.say("preset", name));
    const star = button(`${name}: favourite`, () => this.favor(name, star), { className: "star" }, icon("star"));
    press(star, this.favourites.has(name));
    const over = button(`${name}: lay it over what plays`, () => this.panel.say("layer", name),
                        { className: "over" }, icon("layer"));
    const tile = element("div", { className: "tile" }, play, star, over);
    Object.assign(tile.dataset, { name, is: JSON.stringify(preset) });
    this.picture(tile, this.pictured?.[name] ?? 0);
    return tile;
  }

  picture(tile, version) {
    if (version === undefined || tile.dataset.version === String(version)) return;
    const play = tile.firstChild;
    if (version && !play.querySelector("img")) play.prepend(element("img", { alt: "", width: 160, height: 90 }));
    tile.dataset.version = version;
    const image = play.querySelector("img");
    if (image) image.src = `thumbnails/${encodeURIComponent(tile.dataset.name)}.jpg?${version || Date.now()}`;
  }

  mark() {
    for (const tile of this.tiles.children) press(tile.firstChild, tile.dataset.name === this.playing);
    const own = this.presets?.some((each) => each.own && each.name === this.playing);
    this.own.hidden = !own;
    this.own.firstChild.textContent = this.playing ?? "";
  }

  reveal() {
    if (this.shown) this.tiles.querySelector("[aria-pressed=true]")?.scrollIntoView({ block: "nearest" });
  }

  favor(name, star) {
    if (!this.favourites.delete(name)) this.favourites.add(name);
    press(star, this.favourites.has(name));
    write(this.favourites);
    this.show();
  }
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? [];
  } catch {
    return []; // no storage here, or what is in it is not ours
  }
}

function write(favourites) {
  try {
    localStorage.setItem(KEPT, JSON.stringify([...favourites]));
  } catch {
    // they last as long as the page
  }
}
