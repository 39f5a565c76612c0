// More: the source, quality and size, the address for OBS, MIDI, the keys, and the end.

import { PHONE } from "./camera.js";
import { showKeys } from "./dialogs.js";
import { button, card, element, press } from "./elements.js";
import { phone } from "./phone.js";

const KINDS = { camera: "cameras", shared: "other programs", file: "files", drawing: "drawings" };
const FIGURES = [
  ["fps", "fps", 1], ["latency_ms", "ms late", 0], ["latency_p95_ms", "ms, 95 %", 0], ["steps", "dream / s", 1],
  ["dropped", "dropped", 0],
];
const ELSEWHERE = [
  "bypass", "pause", "tap", "resync", "nudge-earlier", "nudge-later", "half-tempo", "double-tempo", "undo", "redo", "record",
  "screenshot", "surprise", "quit",
];

export function more(panel, hello) {
  const { qualities = [], sizes = [] } = hello;
  return [
    source(panel), ...phone(panel, hello), ...(qualities.length ? [quality(panel, qualities)] : []), ...(sizes.length ? [size(panel, hello)] : []),
    ...(hello.clean ? [address(panel, hello.clean)] : []), figures(panel), commands(panel, hello),
  ];
}

function source(panel) {
  const select = element("select", { id: "source", "aria-label": "source" });
  let found = 0; // senders are looked for beside the show: the list is asked for again where that has changed it
  const made = card("Source", element("div", { className: "pair" }, select,
                                      button("look again for cameras and files", () => panel.say("sources"), {}, "↻")));
  made.hidden = true;
  select.addEventListener("change", () => {
    if (select.value === PHONE && panel.camera) panel.camera.start("environment");
    else panel.say("source", select.value);
    select.blur(); // so that it shows what plays, also where this was refused
  });
  panel.on(({ sources, source, report }, news) => {
    if (news.sources) {
      made.hidden = false;
      select.replaceChildren(...Object.entries(KINDS).flatMap(([kind, label]) => {
        const some = sources.filter((each) => each.kind === kind);
        return some.length ? [element("optgroup", { label }, ...some.map(({ name, label: words }) => {
          return element("option", { value: name }, words);
        }))] : [];
      }));
    }
    if (sources && news.report && found !== (report.found ?? 0) && document.activeElement !== select) {
      found = report.found;
      panel.say("sources");
    }
    const now = report?.source ?? source;
    if ((news.sources || news.report || news.source) && now !== undefined && document.activeElement !== select) {
      select.value = now;
    }
  });
  return made;
}

function quality(panel, names) {
  const buttons = names.map((name) => button(name, () => panel.say("quality", name)));
  panel.on(({ report }, { report: news }) => {
    if (!news) return;
    const words = report.quality ?? "";
    const chosen = words.endsWith(", chosen") ? "auto" : /^quality (\w+)/.exec(words)?.[1]; // by the governor
    for (const each of buttons) press(each, each.textContent === chosen);
  });
  const now = element("p", { className: "help" });
  panel.on(({ report }) => (now.textContent = report?.quality ?? ""));
  return card("Quality", element("div", { className: "segments", role: "group", "aria-label": "quality" }, ...buttons), now);
}

function size(panel, hello) {
  const now = hello.size.join("x");
  const select = element("select", { id: "size", "aria-label": "size of the picture" },
                         ...[...new Set([now, ...hello.sizes])].map((each) => element("option", {}, each)));
  select.value = now;
  select.addEventListener("change", () => {
    panel.say("size", select.value);
    select.blur();
  });
  panel.on(({ report }, { report: news }) => {
    if (news && report.size && document.activeElement !== select) select.value = [report.size].flat().join("x");
  });
  return card("Size of the picture", select);
}

function address(panel, clean) {
  const place = element("input", { type: "text", readOnly: true, value: clean, "aria-label": "address for OBS" });
  const copy = async () => {
    place.select();
    const done = navigator.clipboard ? await navigator.clipboard.writeText(clean).then(() => true, () => false)
      : document.execCommand("copy");
    panel.toast(done ? "copied: add a browser source in OBS, and paste it there" : "select the address and copy it", !done);
  };
  return card("Clean picture for OBS", element("div", { className: "pair" }, place, button("Copy", copy)));
}

function figures(panel) {
  const list = element("dl", { id: "meters" });
  panel.on(({ report }, { report: news }) => {
    if (!news) return;
    list.replaceChildren(...FIGURES.filter(([name]) => name in report).map(([name, title, digits]) => {
      return element("div", {}, element("dd", {}, Number(report[name]).toFixed(digits)), element("dt", {}, title));
    }));
  });
  return card("Figures", list);
}

function commands(panel, hello) {
  const names = Object.keys(hello.commands).filter((name) => !ELSEWHERE.includes(name) && !/^(store|recall)-/.test(name));
  const others = names.map((name) => button(`${name}: ${hello.commands[name]}`, () => panel.ask(name),
                                            { id: `do-${name}`, "aria-label": name }, name));
  const learn = hello.learns ? [button("MIDI learn: touch a slider, then move a knob", () => panel.learn(true),
                                       { id: "do-learn", "aria-label": "MIDI learn" }, "MIDI learn")] : [];
  const end = button(hello.commands.quit, () => panel.ask("quit"), { id: "do-quit", className: "warn", "aria-label": "End" },
                     "End the performance");
  return card("Performance", element("div", { className: "buttons" }, ...learn,
                                     button("the keys of this page and of the window", showKeys, { "aria-label": "keys" }, "keys"),
                                     ...others, end));
}
