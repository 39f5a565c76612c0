// Two parameters under one finger. The arrow keys move it, double-click takes both back.

import { element, plain, short } from "./elements.js";
import { following, near, throttled } from "./following.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP = 1 / 50;

export function pad(title, across, down, panel) {
  const area = element("div", { className: "pad", tabIndex: 0, role: "slider", "aria-label": title,
                                "aria-roledescription": "pad, four arrow keys", title: `${title}: drag; twice to reset` },
                       element("span", {}, title), element("i"));
  let at = [0, 0], rest = {};
  const paint = () => {
    area.style.setProperty("--x", at[0]);
    area.style.setProperty("--y", at[1]);
  };
  const follow = following((place) => {
    at = place;
    paint();
  }, (one, other) => near(one[0], other[0]) && near(one[1], other[1]));
  const send = throttled(() => {
    panel.say("share", across.name, at[0]);
    panel.say("share", down.name, at[1]);
  });
  const move = (...place) => {
    at = place.map((share) => Math.min(1, Math.max(0, share)));
    follow.ask(at);
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
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    const [x, y] = ARROWS[event.key];
    move(at[0] + x * STEP, at[1] + y * STEP);
  });
  area.addEventListener("dblclick", () => {
    send.cancel();
    for (const { name, default: value } of [across, down]) panel.say("set", name, rest[name] ?? value);
  });
  return {
    element: area,
    update: ({ look, shares, rest: kept }) => {
      rest = kept?.look ?? {};
      follow.update([shares[across.name], shares[down.name]]);
      const words = [across, down].map(({ name }) => `${plain(name)} ${short(look[name])}`).join(", ");
      area.setAttribute("aria-valuetext", words);
      area.setAttribute("aria-valuenow", shares[across.name]);
    },
  };
}
