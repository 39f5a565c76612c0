// The selected channel, large, with its data.

import { alike } from "./channels.js";
import { find } from "./find.js";
import { motif, paint } from "./motif.js";
import { favourites } from "./remembered.js";

const ALIKE = 8;

// `seek` is called with a tag that was pressed, `go` with a similar channel that was pressed.
export class Detail {
  constructor(seek, go) {
    this.seek = seek;
    this.go = go;
    this.channel = null;
  }

  show(channel) {
    if (channel === this.channel) return;
    this.channel = channel;
    paint(find("#large"), channel);
    find("#name").textContent = channel.name;
    find("#word").textContent = channel.word;
    const rise = Number(channel.rise?.toPrecision(2)).toLocaleString("en-GB");
    find("#rise").textContent = [...(channel.rise === null ? [] : [`${rise} times its noise`]),
                                 ...(channel.dead ? ["dead"] : [])].join(", ");
    find("#tags").replaceChildren(...channel.tags.map((tag) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.textContent = tag;
      chip.addEventListener("click", () => this.seek(tag));
      return chip;
    }));
    find("#alike div").replaceChildren(...alike(channel, ALIKE).map((other) => {
      const button = motif(other);
      button.addEventListener("click", () => this.go(other));
      return button;
    }));
    find("#alike").hidden = !find("#alike div").children.length;
    this.mark();
  }

  // Call it after a change of the favorites.
  mark() {
    if (this.channel) find("#favour").setAttribute("aria-pressed", String(favourites.has(this.channel.name)));
  }
}
