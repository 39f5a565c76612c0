// The motifs in their sections, and the focus, which arrow keys move.

import { byName } from "./channels.js";
import { motif } from "./motif.js";

const PAGE = 5; // rows

export class Grid {
  // `met` is called with each channel that is pointed at or focused, `pressed` with each that is pressed.
  constructor(root, channels, met, pressed) {
    this.root = root;
    this.cells = new Map(channels.map((channel) => [channel.name, motif(channel)]));
    this.groups = [];
    this.here = null; // the name of the channel that the Tab key focuses
    const channel = (event) => byName.get(event.target.closest(".motif")?.dataset.name);
    const meet = (event) => channel(event) && met(channel(event));
    let mouse = "";
    root.addEventListener("pointermove", (event) => {
      const moved = `${event.screenX} ${event.screenY}` !== mouse; // ignores scrolling under a mouse at rest
      mouse = `${event.screenX} ${event.screenY}`;
      if (moved && event.pointerType === "mouse") meet(event);
    });
    root.addEventListener("focusin", (event) => {
      if (!channel(event)) return;
      this.lead(channel(event).name);
      meet(event);
    });
    root.addEventListener("click", (event) => channel(event) && pressed(channel(event)));
    for (const cell of this.cells.values()) cell.tabIndex = -1;
  }

  // Shows [{ title, channels }].
  show(groups) {
    this.groups = groups.map((group) => group.channels.map(({ name }) => name));
    this.root.replaceChildren(...groups.map(({ title, channels }, at) => {
      const head = document.createElement("h2");
      head.id = `group-${at}`;
      const count = document.createElement("small");
      count.textContent = channels.length;
      head.append(title, " ", count);
      const cells = document.createElement("div");
      cells.className = "cells";
      cells.append(...channels.map(({ name }) => this.cells.get(name)));
      const section = document.createElement("section");
      section.setAttribute("aria-labelledby", head.id);
      section.append(head, cells);
      return section;
    }));
    this.estimate();
    if (!this.at(this.here)) this.lead(this.groups[0]?.[0]);
  }

  // Sets the height that the browser assumes for a section while it is out of view and not laid out.
  estimate() {
    const style = getComputedStyle(this.root);
    const [cell, gap] = ["--cell", "--gap"].map((name) => parseFloat(style.getPropertyValue(name)));
    const wide = this.root.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    this.columns = Math.max(1, Math.floor((wide + gap) / (cell + gap)));
    const side = (wide + gap) / this.columns;
    [...this.root.children].forEach((section, at) => {
      const tall = Math.ceil(this.groups[at].length / this.columns) * side;
      section.style.setProperty("--tall", `${Math.round(tall)}px`);
    });
  }

  lead(name) {
    const [before, after] = [this.cells.get(this.here), this.cells.get(name)];
    if (before) before.tabIndex = -1;
    if (after) after.tabIndex = 0;
    this.here = name ?? null;
  }

  focus(name) {
    this.cells.get(name)?.focus();
  }

  // The place of a channel: [section, index in it]; null where it isn't shown.
  at(name) {
    const section = this.groups.findIndex((names) => names.includes(name));
    return section < 0 ? null : [section, this.groups[section].indexOf(name)];
  }

  // Moves the focus by `key`. Returns whether it is a key that moves the focus.
  move(key) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns,
                    PageUp: -this.columns * PAGE, PageDown: this.columns * PAGE };
    if (!(key in steps) && key !== "Home" && key !== "End") return false;
    const from = this.at(this.here);
    if (!from) return true;
    const held = this.root.contains(document.activeElement);
    if (key === "Home") this.focus(this.groups[0][0]);
    else if (key === "End") this.focus(this.groups.at(-1).at(-1));
    else this.focus(held ? this.next(...from, steps[key]) : this.here);
    return true;
  }

  next(section, at, step) {
    const names = this.groups[section];
    const rows = Math.abs(step) > 1;
    if (names[at + step]) return names[at + step];
    const lastRow = Math.floor((names.length - 1) / this.columns) === Math.floor(at / this.columns);
    if (rows && step > 0 && !lastRow) return names.at(-1);
    const beside = this.groups[section + Math.sign(step)];
    if (!beside) return Math.abs(step) <= this.columns ? names[at] : names.at(step > 0 ? -1 : 0);
    const column = at % this.columns;
    if (step > 0) return beside[rows ? Math.min(column, beside.length - 1) : 0];
    const row = Math.floor((beside.length - 1) / this.columns) * this.columns;
    return beside[rows ? Math.min(row + column, beside.length - 1) : beside.length - 1];
  }
}
