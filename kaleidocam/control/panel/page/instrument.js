// Snapshots, A and B with the crossfader, and surprises: whole looks, played by a tap.

import { button, element, holdable, icon, press } from "./elements.js";
import { slider } from "./controls.js";
import { throttled } from "./following.js";

const SECONDS = [0, 1, 2, 4, 8, 16, 30, 60]; // that can be chosen for the way to a look
const FADES = [["morph", "morph"], ["normal", "over"], ["screen", "screen"], ["multiply", "multiply"], ["overlay", "overlay"]];
const SLOTS = [1, 2, 3, 4, 5, 6, 7, 8];

// Null where the performance has no instrument.
export function instrument(panel, hello) {
  if (!("store-1" in hello.commands)) return null;
  const made = element("section", { id: "instrument", "aria-label": "snapshots and surprises" });
  let storing = false;
  const store = button("store: then touch a place", () => turn(!storing), { id: "store" }, "Store");
  const turn = (on) => {
    storing = on;
    press(store, on);
    made.classList.toggle("storing", on);
  };
  const slot = (name, title) => {
    const place = element("button", { type: "button", id: `slot-${name}`, className: "slot" },
                          element("b", {}, title), element("span", {}));
    const keep = () => {
      panel.ask(`store-${name}`);
      turn(false);
    };
    holdable(place, () => {
      if (storing) keep();
      else if (place.classList.contains("full")) panel.ask(`recall-${name}`);
      else panel.toast(`${title} is empty: hold it, or press Store, to keep the present look`, false);
    }, keep);
    return place;
  };
  const slots = SLOTS.map((number) => slot(String(number), String(number)));
  const a = slot("a", "A"), b = slot("b", "B");
  const fade = slider({ id: "crossfade", min: 0, max: 1, step: 0.005, "aria-label": "crossfader between A and B" },
                      throttled((value) => panel.say("control", "crossfade", value)));
  fade.element.dataset.learn = "crossfade";
  const { seconds, when, locks, as } = ways(panel, hello);
  const surprise = button(hello.commands.surprise, () => panel.ask("surprise"),
                          { id: "do-surprise", "aria-label": "surprise" }, icon("surprise"), "Surprise");
  made.append(element("div", { className: "slots", role: "group", "aria-label": "snapshots" }, ...slots, store),
              element("div", { className: "crossing" }, a, fade.element, b, as),
              element("div", { className: "surprising" }, surprise, locks, seconds, when));
  panel.on(({ instrument: now }, { instrument: news }) => {
    made.hidden = !now;
    if (!news) return;
    now.snapshots.forEach((kept, at) => fill(slots[at], kept, String(at + 1)));
    fill(a, now.a, "A");
    fill(b, now.b, "B");
    fade.follow.update(now.crossfade);
    seconds.querySelector("select").value = nearest(now.recall_seconds);
    when.querySelector("select").value = now.when;
    as.querySelector("select").value = now.crossfade_as;
  });
  return made;
}

const nearest = (value) => SECONDS.reduce((one, two) => (Math.abs(two - value) < Math.abs(one - value) ? two : one));

function fill(place, kept, title) {
  place.classList.toggle("full", Boolean(kept));
  place.querySelector("span").textContent = kept ? kept.preset : "";
  const words = kept ? `${title}: ${kept.preset}, ${kept.channel}` : `${title}, empty`;
  place.setAttribute("aria-label", words);
  place.title = `${words}; hold to store`;
}

function ways(panel, hello) {
  const pick = (label, name, options) => {
    const select = element("select", { "aria-label": label, title: label },
                           ...options.map(([value, text]) => element("option", { value }, text)));
    select.addEventListener("change", () => {
      panel.say("control", name, name === "recall_seconds" ? Number(select.value) : select.value);
      select.blur(); // or the keys would go to it
    });
    return element("div", { className: "pick" }, select);
  };
  const locks = button("locks: what surprises leave alone", () => {
    press(locks, document.body.classList.toggle("locking"));
    panel.tabs.open("play");
  }, { id: "do-locks", "aria-label": "locks" }, icon("lock"), "Locks");
  press(locks, document.body.classList.contains("locking"));
  return {
    locks,
    seconds: pick("seconds in which a look is reached", "recall_seconds",
                  SECONDS.map((value) => [value, value ? `in ${value} s` : "at once"])),
    as: pick("what the crossfader does: one dream morphs, or B is laid over A", "crossfade_as", FADES),
    when: pick("when a look begins", "when", [["now", "now"], ["beat", "on the beat"], ["bar", "on the bar"]]),
  };
}
