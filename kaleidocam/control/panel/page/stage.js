// The picture's surroundings: what is said over it, the commands under it, full screen, and the lock.

import { button, element, find, icon, press } from "./elements.js";

const BAR = { // command: icon; none: its word
  bypass: null, pause: "pause", undo: "undo", redo: "redo", record: "record", screenshot: "screenshot", tap: "tempo",
};
const UNLOCK_MS = 900; // for which the lock must be held

export function stage(panel, hello) {
  find("#bar").replaceChildren(...Object.keys(BAR).filter((name) => name in hello.commands).map((name) => {
    const words = `${name}: ${hello.commands[name]}`;
    return button(words, () => panel.ask(name), { id: `do-${name}`, "aria-label": name },
                  BAR[name] ? icon(BAR[name]) : "Bypass", element("span", { className: "note" }));
  }));
  find("#corner").replaceChildren(
    ...(document.fullscreenEnabled ? [button("full screen", turnFull, { id: "do-full" }, icon("full"))] : []),
    button("lock against stray fingers", shield, { id: "do-lock" }, icon("lock")));
  find("#picture").ondblclick = turnFull;
  panel.on(status);
  panel.on(commands);
}

export function turnFull() {
  if (document.fullscreenElement) document.exitFullscreen();
  else find("#picture").requestFullscreen?.().catch(() => {});
}

function shield() {
  const place = find("#shield");
  let timer = null;
  const open = () => {
    place.hidden = true;
    for (const each of document.body.children) each.inert = false;
    find("#do-lock").focus();
  };
  const hold = button("hold to unlock", (event) => event.detail === 0 && open(), { id: "unlock" }, icon("lock"),
                      element("span", {}, "hold to unlock"));
  hold.addEventListener("pointerdown", () => {
    hold.classList.add("held");
    timer = setTimeout(open, UNLOCK_MS);
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    hold.addEventListener(end, () => {
      hold.classList.remove("held");
      clearTimeout(timer);
    });
  }
  hold.addEventListener("contextmenu", (event) => event.preventDefault());
  place.replaceChildren(hold);
  place.hidden = false;
  for (const each of document.body.children) each.inert = each !== place;
  hold.focus();
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function status({ report, instrument, drivers }, news) {
  const lamp = find("#beat");
  if (news.drivers && lamp) lamp.style.setProperty("--beat", drivers.beat ?? 0);
  if (!news.report && !news.instrument) return;
  const waiting = instrument?.waiting ? [instrument.waiting] : [];
  const lines = [...new Set([...waiting, ...(report.notices ?? [])])];
  find("#notices").replaceChildren(...lines.map((words) => element("li", {}, words)));
  find("#clean-badge").hidden = !report.bypassed;
  if (!lamp) find("#status").append(element("i", { id: "beat" }), element("span", { id: "words" }));
  const bpm = report.bpm ? `${Math.round(report.bpm)} BPM` : "no tempo";
  const figures = [bpm, `${Number(report.fps ?? 0).toFixed(0)} fps`, `${Number(report.latency_ms ?? 0).toFixed(0)} ms late`];
  find("#words").textContent = [...figures, report.quality ?? ""].filter(Boolean).join("  ·  ");
}

function commands({ report, instrument }, news) {
  if (!news.report && !news.instrument) return;
  press(find("#do-bypass"), report.bypassed);
  press(find("#do-pause"), report.paused);
  find("#do-pause")?.replaceChild(icon(report.paused ? "play" : "pause"), find("#do-pause").firstChild);
  const recording = report.recording;
  press(find("#do-record"), recording);
  const note = find("#do-record .note");
  if (note) note.textContent = recording ? clock(recording.seconds) : "";
  for (const name of ["undo", "redo"]) {
    const made = find(`#do-${name}`);
    if (!made) continue;
    made.hidden = !instrument;
    made.classList.toggle("none", !instrument?.[name]);
    made.setAttribute("aria-disabled", String(!instrument?.[name]));
  }
}
