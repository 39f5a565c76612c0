// The keys of the window, here as well, while no text is being written.

const NAMES = { Escape: "esc", Backspace: "backspace" };
const TEXTS = "input:not([type=range]), textarea, select";
let stop = () => {};

// `keys`: those that go to the performance. `here`: { key: what it does on this page }. `repeats`: those that act again and
// again while they are held.
export function listenToKeys(keys, here, repeats, send) {
  stop();
  const press = (event) => {
    const ctrl = event.ctrlKey || event.metaKey;
    const key = ctrl ? `ctrl+${event.shiftKey ? "shift+" : ""}${event.key.toLowerCase()}` : NAMES[event.key] ?? event.key;
    const busy = event.target.closest(TEXTS) || document.querySelector("dialog[open], #shield:not([hidden])");
    if (busy || event.altKey || !(keys.has(key) || key in here)) return;
    if (key === " " && event.target.closest("button, summary")) return; // there it presses
    event.preventDefault();
    if (event.repeat && !repeats.has(key)) return;
    if (key in here) here[key]();
    else send(key);
  };
  document.addEventListener("keydown", press);
  stop = () => document.removeEventListener("keydown", press);
}
