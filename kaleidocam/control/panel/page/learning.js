// MIDI learn: whatever is touched next takes the knob that moves next.

import { button, find, element, plain } from "./elements.js";

export function learning(panel) {
  const banner = find("#banner");
  const turn = (on) => {
    document.body.classList.toggle("learning", on);
    banner.hidden = !on;
    if (!on) return;
    banner.replaceChildren(element("span", {}, "MIDI learn: touch what is to be played"), button("Done", () => {
      panel.say("learn", "");
      turn(false);
    }));
    panel.tabs.open("play");
  };
  const take = (event) => {
    const place = document.body.classList.contains("learning") && event.target.closest?.("[data-learn]");
    if (!place) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.type !== "pointerdown") return;
    panel.say("learn", place.dataset.learn);
    banner.firstChild.textContent = `Now move a knob for ${plain(place.dataset.learn)}; or touch another`;
  };
  for (const kind of ["pointerdown", "click", "input", "dblclick"]) document.addEventListener(kind, take, true);
  return turn;
}
