// The keys of the window, here as well, while no text is being written.

const NAMES = { Escape: "esc", Backspace: "backspace" };
const TEXTS = "input:not([type=range]), textarea, select";
let stop = () => {};

export function listenToKeys(keys, say, sure, help) {
  stop();
  const press = async (event) => {
    const key = NAMES[event.key] ?? event.key;
    const busy = event.target.closest(TEXTS) || document.querySelector("dialog[open]");
    if (busy || event.ctrlKey || event.altKey || event.metaKey || !(key in keys)) return;
    if (key === " " && event.target.closest("button, summary")) return; // there it presses
    event.preventDefault();
    if (key === "?") help();
    else if (key !== "q" || (await sure())) say("key", key);
  };
  document.addEventListener("keydown", press);
  stop = () => document.removeEventListener("keydown", press);
}
