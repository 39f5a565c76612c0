// Controls for parameters: knobs, choices, texts and pads, made from what the registry says.

const SEND_MS = 33; // how often a knob that moves is sent
const REST_MS = 350; // after a hand's last move, before the knob follows others again
const ANSWER_MS = 2000; // in which what was asked for comes back, if it was not refused or overtaken
const STEPS = 200;

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

export const plain = (name) => name.replaceAll("_", " ");
const short = (value) => (typeof value === "number" ? String(Number(value.toPrecision(3))) : value);

// Calls `send` with the newest value only, at most once in SEND_MS.
function throttled(send) {
  let last = 0, timer = null, newest;
  const later = (...values) => {
    newest = values;
    timer ??= setTimeout(() => {
      timer = null;
      last = performance.now();
      send(...newest);
    }, Math.max(0, last + SEND_MS - performance.now()));
  };
  later.cancel = () => {
    clearTimeout(timer);
    timer = null;
  };
  return later;
}

// Lets a control follow the state, but never under the hand that moves it.
export function following(show) {
  let newest, asked, held = false, timer = null;
  const settle = () => {
    timer = null;
    if (!held && newest) show(...newest);
  };
  const touch = (rest = REST_MS) => {
    clearTimeout(timer);
    timer = setTimeout(settle, rest);
  };
  return {
    update: (...state) => {
      newest = state;
      if (timer !== null && state[0] !== asked) return;
      clearTimeout(timer);
      settle();
    },
    touch,
    // Until `value` comes back, news that is older than it is not shown.
    ask: (value) => {
      asked = value;
      touch(ANSWER_MS);
    },
    hold: (now) => {
      held = now;
      if (!now) touch();
    },
  };
}

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

function row(parameter, say, ...parts) {
  const { name, meaning, unit, allowed } = parameter;
  const help = element("p", { className: "help", id: `help-${name}` }, `${meaning} (${allowed})`);
  const label = element("button", { type: "button", className: "name", title: meaning, "aria-expanded": "false",
                                    "aria-controls": help.id },
                        plain(name), unit ? element("small", {}, unit) : null);
  const reset = element("button", { type: "button", className: "reset", title: `${plain(name)}: back to the default`,
                                    "aria-label": `${plain(name)}: back to the default` }, "↺");
  const back = () => say("set", name, parameter.default);
  const made = element("div", { className: "row", id: `row-${name}` },
                       element("div", { className: "head" }, label, ...parts.slice(1), reset), parts[0], help);
  label.addEventListener("click", () => {
    label.setAttribute("aria-expanded", String(made.classList.toggle("open")));
  });
  reset.addEventListener("click", back);
  return { element: made, back, mark: (value) => made.classList.toggle("moved", value !== parameter.default) };
}

export function knob(parameter, say) {
  const { name, low, high, whole } = parameter;
  const range = whole ? { min: low, max: high, step: 1 } : { min: 0, max: 1, step: 1 / STEPS };
  const slider = element("input", { type: "range", id: `knob-${name}`, "aria-label": plain(name),
                                    "aria-describedby": `help-${name}`, ...range });
  slider.style.setProperty("--default", parameter.share);
  const number = field({ className: "value", inputMode: "decimal", "aria-label": `${plain(name)}, its value` },
                       (text) => say("set", name, text.replace(",", ".")));
  const made = row(parameter, say, slider, number.input);
  const zero = low < 0 ? 0.5 : 0; // where the bar begins
  const paint = () => {
    const share = (slider.value - range.min) / (range.max - range.min);
    slider.style.setProperty("--from", Math.min(zero, share));
    slider.style.setProperty("--to", Math.max(zero, share));
  };
  const follow = following((value, share) => {
    slider.value = whole ? value : share;
    paint();
  });
  const send = throttled(() => say(whole ? "set" : "share", name, Number(slider.value)));
  slider.addEventListener("input", () => {
    follow.touch();
    paint();
    send();
  });
  slider.addEventListener("pointerdown", () => follow.hold(true));
  for (const end of ["pointerup", "pointercancel"]) slider.addEventListener(end, () => follow.hold(false));
  slider.addEventListener("dblclick", () => {
    send.cancel();
    made.back();
  });
  return {
    element: made.element,
    update: (value, share) => {
      follow.update(value, share);
      slider.setAttribute("aria-valuetext", `${short(value)} ${parameter.unit}`);
      number.show(short(value));
      made.mark(value);
    },
  };
}

export function choice(parameter, say) {
  const buttons = parameter.choices.map((text) => element("button", { type: "button" }, text));
  for (const button of buttons) button.addEventListener("click", () => say("set", parameter.name, button.textContent));
  const made = row(parameter, say, element("div", { className: "segments", role: "group",
                                                    "aria-label": plain(parameter.name) }, ...buttons));
  return {
    element: made.element,
    update: (value) => {
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.textContent === value));
      made.mark(value);
    },
  };
}

export function text(parameter, say) {
  const words = field({ className: "wide", "aria-label": plain(parameter.name),
                        "aria-describedby": `help-${parameter.name}`, placeholder: parameter.meaning },
                      (value) => say("set", parameter.name, value));
  const made = row(parameter, say, words.input);
  return {
    element: made.element,
    update: (value) => {
      words.show(value);
      made.mark(value);
    },
  };
}

// Two parameters under one finger. The arrow keys move it, double-click takes both back.
export function pad(title, across, down, say) {
  const dot = element("i");
  const area = element("div", { className: "pad", tabIndex: 0, role: "slider", "aria-label": title,
                                "aria-roledescription": "pad, four arrow keys", title: `${title}: drag; twice to reset` },
                       element("span", {}, title), dot);
  const state = { x: 0, y: 0, values: ["", ""] };
  const paint = () => {
    area.style.setProperty("--x", state.x);
    area.style.setProperty("--y", state.y);
  };
  const follow = following((x, y) => {
    Object.assign(state, { x, y });
    paint();
  });
  const send = throttled(() => {
    say("share", across.name, state.x);
    say("share", down.name, state.y);
  });
  const move = (x, y) => {
    Object.assign(state, { x: Math.min(1, Math.max(0, x)), y: Math.min(1, Math.max(0, y)) });
    follow.touch();
    paint();
    send();
  };
  const point = ({ clientX, clientY }) => {
    const box = area.getBoundingClientRect();
    move((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  };
  area.addEventListener("pointerdown", (event) => {
    area.setPointerCapture(event.pointerId);
    follow.hold(true);
    point(event);
  });
  area.addEventListener("pointermove", (event) => area.hasPointerCapture(event.pointerId) && point(event));
  for (const end of ["pointerup", "pointercancel"]) area.addEventListener(end, () => follow.hold(false));
  area.addEventListener("keydown", (event) => {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!x && !y) return;
    event.preventDefault();
    move(state.x + x / 50, state.y + y / 50);
  });
  area.addEventListener("dblclick", () => {
    send.cancel();
    for (const { name, default: value } of [across, down]) say("set", name, value);
  });
  return {
    element: area,
    update: (values, shares) => {
      follow.update(shares[across.name], shares[down.name]);
      const words = [across, down].map(({ name }) => `${plain(name)} ${short(values[name])}`).join(", ");
      area.setAttribute("aria-valuetext", words);
      area.setAttribute("aria-valuenow", shares[across.name]);
    },
  };
}
