// The tabs: one is open, by a tap, by the arrow keys, or by its name.

import { element, find, icon } from "./elements.js";

export class Tabs {
  // `tabs`: { name: [title, icon] }. `opened(name)` is called when one is opened.
  constructor(tabs, opened) {
    this.opened = opened;
    this.names = Object.keys(tabs);
    const made = Object.entries(tabs).map(([name, [title, sign]]) => this.tab(name, title, sign));
    find("#tabs").replaceChildren(...made);
    find("#panels").replaceChildren(...this.names.map((name) => element("div", {
      id: `panel-${name}`, className: "panel", role: "tabpanel", "aria-labelledby": `tab-${name}`, tabIndex: -1,
    })));
    find("#tabs").onkeydown = (event) => this.key(event);
  }

  tab(name, title, sign) {
    const made = element("button", { type: "button", id: `tab-${name}`, role: "tab", "aria-controls": `panel-${name}` },
                         icon(sign), element("span", {}, title));
    made.addEventListener("click", () => this.open(name));
    return made;
  }

  open(name) {
    this.at = name;
    for (const each of this.names) {
      const tab = find(`#tab-${each}`);
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      find(`#panel-${each}`).hidden = each !== name;
    }
    this.opened(name);
  }

  key(event) {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    this.open(this.names[(this.names.indexOf(this.at) + way + this.names.length) % this.names.length]);
    find(`#tab-${this.at}`).focus();
  }
}
