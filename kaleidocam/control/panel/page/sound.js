// Sound: the tempo, with a beat that is seen; how loud the sound is; and what they move.

import { button, element } from "./elements.js";
import { matrix } from "./matrix.js";

const TIMING = [
  ["nudge-earlier", "‹", "the beat 10 ms earlier"], ["resync", "1", "this is the one: a bar begins now"],
  ["nudge-later", "›", "the beat 10 ms later"], ["half-tempo", "½", "half the tempo"], ["double-tempo", "2×", "twice the tempo"],
];

export function sound(panel, hello) {
  const tap = button("tap the tempo, two times or more", () => panel.ask("tap"), { id: "pulse", "aria-label": "tap the tempo" },
                     element("b", {}, "tap"), element("span", {}, "in time"));
  const timing = element("div", { className: "timing" }, ...TIMING.map(([command, face, words]) => {
    return button(words, () => panel.ask(command), {}, face);
  }));
  const link = element("p", { className: "help", hidden: true });
  const meters = new Map(Object.keys(hello.drivers).map((name) => [name, element("i")]));
  const bars = [...meters].map(([name, bar]) => {
    return element("div", { className: "meter", title: hello.drivers[name] }, element("span", {}, name), bar);
  });
  const silent = element("p", { className: "help" }, "No sound is heard. Start kaleidocam with --sound any to hear it.");
  let heard = false;
  panel.on(({ report, drivers }, news) => {
    if (news.report && tap.isConnected) {
      tap.firstChild.textContent = report.bpm ? Math.round(report.bpm) : "tap";
      tap.lastChild.textContent = report.bpm ? "BPM · tap" : "in time";
      link.hidden = report.link == null;
      link.textContent = report.link ? `Link: with ${report.link} other${report.link > 1 ? "s" : ""}` : "Link: alone";
    }
    if (!news.drivers) return;
    heard ||= Object.entries(drivers).some(([name, value]) => name !== "beat" && value > 0);
    silent.hidden = heard;
    for (const [name, bar] of meters) bar.style.setProperty("--level", drivers[name] ?? 0);
    tap.style.setProperty("--beat", drivers.beat ?? 0);
  });
  const formula = hello.parameters.find(({ name }) => name === "modulate");
  return [element("div", { className: "hearing" }, tap, element("div", { className: "meters" }, ...bars, silent)), timing, link,
          ...(formula ? [matrix(panel, hello, formula)] : [])];
}
