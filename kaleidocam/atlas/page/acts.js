// What can be done with a channel's name: copied, and sent to a panel.

import { find } from "./find.js";
import { remember, remembered } from "./remembered.js";

const WINDOW = "kaleidocam"; // all that is sent goes to one window
const TOAST_MS = 4000;

export function toast(words, wrong = false) {
  const place = find("#toast");
  place.textContent = words;
  place.classList.toggle("wrong", wrong);
  place.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (place.hidden = true), TOAST_MS);
}

export async function copy(text, what = text) {
  const done = (await navigator.clipboard?.writeText(text).then(() => true, () => false)) || copiedByHand(text);
  toast(done ? `${what} copied` : `the browser copies nothing here: ${text}`, !done);
}

// For pages that may not use the clipboard: those that came from another machine without a certificate.
function copiedByHand(text) {
  const [before, area] = [document.activeElement, document.createElement("textarea")];
  area.value = text;
  area.className = "aside";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus({ preventScroll: true });
  return done;
}

// A page that a panel serves has a line of its own, and takes the event; others open the panel with the name.
export async function send({ name }) {
  if (!document.dispatchEvent(new CustomEvent("atlas-send", { detail: name, cancelable: true }))) return;
  const address = panelAddress(remembered("panel", "")) ?? (await askForPanel());
  if (!address) return;
  const there = window.open(`${address}#channel=${encodeURIComponent(name)}`, WINDOW);
  if (there) toast(`${name} sent to the panel`);
  else toast("the browser kept the panel's window shut; allow this page to open it", true);
}

// Asks for the panel's address. Returns what was given, or null.
export function askForPanel() {
  const [dialog, input] = [find("#where"), find("#address")];
  input.value = remembered("panel", "");
  find("#refused").textContent = "";
  find("#cancel").onclick = () => dialog.close();
  dialog.showModal();
  return new Promise((done) => {
    dialog.querySelector("form").onsubmit = (event) => {
      if (panelAddress(input.value)) return;
      event.preventDefault();
      find("#refused").textContent = "That is no such address: http://…, with ?token=… in it.";
    };
    dialog.onclose = () => {
      const address = dialog.returnValue === "yes" ? panelAddress(input.value) : null;
      dialog.returnValue = "";
      if (address) remember("panel", address);
      done(address);
    };
  });
}

// The panel's own page, whichever of its addresses was given; null where it is none.
function panelAddress(text) {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  const token = url?.searchParams.get("token");
  return token && /^https?:$/.test(url.protocol) ? `${url.origin}/?token=${encodeURIComponent(token)}` : null;
}
