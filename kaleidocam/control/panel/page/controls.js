// Controls for parameters: knobs, choices and texts, made from what the registry says.

import { button, element, icon, plain, press, short } from "./elements.js";
import { following, near, throttled } from "./following.js";

const STEPS = 200;

// A text field: Enter or leaving it sets the value, Escape gives it up.
export function field(properties, commit) {
  const input = element("input", { type: "text", spellcheck: false, autocomplete: "off", ...properties });
  let shown = "", sent = false;
  input.addEventListener("change", () => {
    sent = input.value.trim() !== shown;
    if (sent) commit(input.value.trim());
  });
  input.addEventListener("blur", () => {
    if (!sent) input.value = shown;
    sent = false;
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") input.value = shown;
    if (event.key === "Escape" || event.key === "Enter") input.blur();
  });
  const show = (text) => {
    shown = text; // what others set never takes the words, or the selection, from under a hand
    if (document.activeElement !== input) input.value = text;
  };
  return { input, show };
}

// A line: the name, which unfolds the help; the control; the way back to the preset; and the lock.
function row(parameter, panel, ...parts) {
  const { name, meaning, unit, allowed } = parameter;
  const words = plain(name);
  const help = element("p", { className: "help", id: `help-${name}` }, `${meaning} (${allowed})`);
  const label = element("button", { type: "button", className: "name", title: meaning, "aria-expanded": "false",
                                    "aria-controls": help.id },
                        element("span", {}, words, unit ? element("small", {}, unit) : ""), icon("lock"));
  let rest = parameter.default, locked = false;
  const back = () => panel.say("set", name, rest);
  const reset = button(`${words}: back to the preset's`, back, { className: "reset" }, "↺");
  const lock = button(`${words}: surprises leave it alone`, () => panel.say("lock", name, !locked),
                      { className: "lock" }, icon("lock"));
  const made = element("div", { className: "row", id: `row-${name}` }, label, ...parts,
                       element("div", { className: "end" }, reset, lock), help);
  made.dataset.learn = name;
  label.addEventListener("click", () => {
    label.setAttribute("aria-expanded", String(made.classList.toggle("open")));
  });
  const mark = ({ look, rest: kept, shares, instrument }) => {
    rest = kept?.look[name] ?? parameter.default;
    made.classList.toggle("moved", look[name] !== rest);
    made.style.setProperty("--rest", kept?.shares[name] ?? parameter.share ?? 0);
    locked = Boolean(instrument?.locked?.includes(name));
    made.classList.toggle("locked", locked);
    press(lock, locked);
    return shares;
  };
  return { element: made, back, mark };
}

// The parts of a range: what is filled lies between `--from` and `--to`.
export function slider(properties, moved, zero = 0) {
  const made = element("input", { type: "range", ...properties });
  const paint = () => {
    const share = (made.value - made.min) / (made.max - made.min);
    made.style.setProperty("--from", Math.min(zero, share));
    made.style.setProperty("--to", Math.max(zero, share));
  };
  const follow = following((value) => {
    made.value = value;
    paint();
  }, (one, other) => Math.abs(one - other) <= Math.max(Number(made.step) / 2, 1e-9));
  made.addEventListener("input", () => {
    follow.ask(Number(made.value));
    paint();
    moved(Number(made.value));
  });
  made.addEventListener("pointerdown", () => follow.hold(true));
  for (const end of ["pointerup", "pointercancel"]) made.addEventListener(end, () => follow.hold(false));
  paint();
  return { element: made, follow };
}

export function knob(parameter, panel) {
  const { name, low, high, whole } = parameter;
  const range = whole ? { min: low, max: high, step: 1 } : { min: 0, max: 1, step: 1 / STEPS };
  const send = throttled((value) => panel.say(whole ? "set" : "share", name, value));
  const { element: way, follow } = slider({ id: `knob-${name}`, "aria-label": plain(name),
                                            "aria-describedby": `help-${name}`, ...range }, send, low < 0 ? 0.5 : 0);
  const number = field({ className: "value", inputMode: "decimal", "aria-label": `${plain(name)}, its value` },
                       (text) => panel.say("set", name, text.replace(",", ".")));
  const made = row(parameter, panel, way, number.input);
  way.addEventListener("dblclick", () => {
    send.cancel();
    made.back();
  });
  return {
    element: made.element,
    update: (now) => {
      const value = now.look[name];
      follow.update(whole ? value : now.shares[name]);
      way.setAttribute("aria-valuetext", `${short(value)} ${parameter.unit}`);
      number.show(short(value));
      made.mark(now);
    },
  };
}

export function choice(parameter, panel) {
  const { name, choices } = parameter;
  const buttons = choices.map((text) => button(text || "the look's", () => panel.say("set", name, text)));
  const made = row(parameter, panel, element("div", { className: "segments", role: "group", "aria-label": plain(name) },
                                             ...buttons));
  return {
    element: made.element,
    update: (now) => {
      buttons.forEach((each, i) => press(each, choices[i] === now.look[name]));
      made.mark(now);
    },
  };
}

export function text(parameter, panel) {
  const { name } = parameter;
  const words = field({ className: "wide", "aria-label": plain(name), "aria-describedby": `help-${name}`,
                        placeholder: parameter.meaning }, (value) => panel.say("set", name, value));
  const made = row(parameter, panel, words.input);
  return {
    element: made.element,
    update: (now) => {
      words.show(now.look[name]);
      made.mark(now);
    },
  };
}

export function control(parameter, panel) {
  return (parameter.choices.length ? choice : "low" in parameter ? knob : text)(parameter, panel);
}
