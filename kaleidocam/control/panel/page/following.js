// What lets a control follow the performance, and never take a value from under the hand that sets it.

const SEND_MS = 33; // how often a control that moves is sent
const ANSWER_MS = 2000; // in which what was asked for comes back, if it was not refused or overtaken
const NEAR = 1 / 400; // of a knob's way: half of its step

export const near = (one, other) => Math.abs(one - other) < NEAR;

// Calls `send` with the newest values only, at most once in SEND_MS.
export function throttled(send) {
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

// Shows the newest state by `show`. After `ask(value)`, news that is older than the answer, which is `same` as `value`,
// is not shown; nor is any while it is held.
export function following(show, same = Object.is) {
  let newest, asked, waiting = false, held = false, timer = null;
  const settle = () => {
    clearTimeout(timer);
    waiting = false;
    if (!held && newest !== undefined) show(newest);
  };
  return {
    update: (state) => {
      newest = state;
      if (!waiting || same(state, asked)) settle();
    },
    ask: (value) => {
      asked = value;
      waiting = true;
      clearTimeout(timer);
      timer = setTimeout(settle, ANSWER_MS);
    },
    hold: (now) => {
      held = now;
      if (!now && !waiting) settle();
    },
  };
}
