// The actions on a channel: copy its name, and send it to a panel.

import { find } from "./find.js";
import { remember, remembered } from "./remembered.js";

const WINDOW = "kaleidocam"; // all channels are sent to the same window
const TOAST_MS = 4000;
const SETTLED_MS = 2000; // after which a panel's page has come and put its token away
let panel = {}; // the one that was opened: its address, its window, and when

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
  toast(done ? `${what} copied` : `the browser can't copy here: ${text}`, !done);
}

// For pages without access to the clipboard: those from another machine, without a certificate.
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

// A page served by a panel has its own connection and handles the event; other pages open the panel with the name.
export async function send({ name }) {
  if (!document.dispatchEvent(new CustomEvent("atlas-send", { detail: name, cancelable: true }))) return;
  const address = panelAddress(remembered("panel", "")) ?? (await askForPanel());
  if (!address) return;
  const there = window.open(`${asOpened(address)}#channel=${encodeURIComponent(name)}`, WINDOW);
  if (there && (address !== panel.address || panel.window.closed)) panel = { address, window: there, at: Date.now() };
  if (there) toast(`${name} sent to the panel`);
  else toast("the browser blocked the panel's window; allow pop-ups for this page", true);
}

// The address that the panel's window shows by now: a panel takes the token out of it. With the token it would be loaded
// anew; without, a window that is not there yet would be refused.
function asOpened(address) {
  const there = panel.address === address && !panel.window.closed && Date.now() - panel.at > SETTLED_MS;
  return there ? address.split("?")[0] : address;
}

// Asks for the panel's address. Returns the address, or null.
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
      find("#refused").textContent = "That is not a panel's address. It starts with http:// and has ?token=… in it.";
    };
    dialog.onclose = () => {
      const address = dialog.returnValue === "yes" ? panelAddress(input.value) : null;
      dialog.returnValue = "";
      if (address) remember("panel", address);
      done(address);
    };
  });
}

// The address of the panel's main page, from any of its addresses; null where `text` is not such an address.
function panelAddress(text) {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  const token = url?.searchParams.get("token");
  return token && /^https?:$/.test(url.protocol) ? `${url.origin}/?token=${encodeURIComponent(token)}` : null;
}
