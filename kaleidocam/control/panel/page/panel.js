// The panel: builds itself from what the performance says of itself, shows the state, and sends what hands and keys do.

import { channelPicker } from "./channel.js";
import { fillKeys, showKeys, sure } from "./dialogs.js";
import { button, element, find } from "./elements.js";
import { instrument } from "./instrument.js";
import { listenToKeys } from "./keyboard.js";
import { learning } from "./learning.js";
import { Line } from "./line.js";
import { Looks } from "./looks.js";
import { more } from "./more.js";
import { Picture } from "./picture.js";
import { play } from "./play.js";
import { takeSent } from "./sent.js";
import { sound } from "./sound.js";
import { stage, turnFull } from "./stage.js";
import { Tabs } from "./tabs.js";

const TABS = {
  play: ["Play", "mix"], looks: ["Looks", "looks"], channel: ["Channel", "channel"], sound: ["Sound", "sound"],
  more: ["More", "more"],
};
const TOAST_MS = 6000;
const WIDE = matchMedia("(min-width: 900px) and (min-height: 600px)"); // there is a place for the instrument beside the tabs

const state = { look: {}, shares: {}, preset: "", presets: null, report: {}, pictured: {} };
let built = "", layers = {}, parts = [], ending = false;

const panel = { say: (...words) => line.say(...words), on: (part) => parts.push(part), ask, toast };
const picture = new Picture(find("#picture canvas"), () => panel.say("seen"));
const line = new Line("panel", {
  picture: (blob) => picture.take(blob),
  message: hear,
  away: (why) => (ending ? end() : away(why)),
  distrust: () => away("This browser shows the page, but does not trust its certificate enough for a line. Keep the " +
                       "certificate on this device, install it, and trust it in the settings (iPhone: General, About, " +
                       "Certificate Trust Settings).", element("a", { href: "kaleidocam.crt" }, "The certificate")),
});

function hear({ hello, look, shares, error, said, ended, ...rest }) {
  if (ended) return end();
  Object.assign(state.look, look);
  Object.assign(state.shares, shares);
  Object.assign(state, rest);
  if (hello && JSON.stringify(hello) !== built) build(hello);
  find("#away").hidden = true;
  if (built) for (const part of parts) part(state, { look, shares, ...rest, hello });
  if (error || said) toast(error ?? said, Boolean(error));
  if (hello) taken();
}

function taken() {
  if (built) takeSent(layers, panel.say, toast);
}

addEventListener("hashchange", taken);

function away(why, ...more) {
  find("#away").replaceChildren(element("p", {}, why), ...more);
  find("#away").hidden = false;
}

function end() {
  panel.camera?.stop();
  line.end();
  document.body.classList.add("over");
  away("The performance has ended.", button("Look again", () => location.reload()));
}

function toast(words, wrong) {
  const place = find("#toast");
  place.textContent = words;
  place.classList.toggle("wrong", wrong);
  place.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (place.hidden = true), TOAST_MS);
}

async function ask(command) {
  if (command === "quit") return quit();
  panel.say("ask", command);
}

async function quit() {
  if (await sure("End the performance?", "Go on", "End it")) ending = panel.say("ask", "quit");
}

function build(hello) {
  built = JSON.stringify(hello);
  parts = [];
  layers = hello.layers;
  document.documentElement.style.setProperty("--shape", hello.size.join(" / "));
  const looks = new Looks(panel, hello);
  panel.tabs = new Tabs(TABS, (name) => {
    looks.open(name === "looks");
    if (name === "more") panel.say("sources");
  });
  panel.learn = learning(panel);
  stage(panel, hello);
  const played = instrument(panel, hello);
  const channel = hello.parameters.find(({ name }) => name === "channel");
  find("#panel-play").append(...play(panel, hello));
  find("#panel-looks").append(...looks.elements());
  find("#panel-channel").append(channelPicker(channel, hello.layers, panel));
  find("#panel-sound").append(...sound(panel, hello));
  find("#panel-more").append(...more(panel, hello));
  if (played) {
    const settle = () => (WIDE.matches ? find("#deck").append(played) : find("#main").after(played));
    WIDE.onchange = settle;
    settle();
  }
  fillKeys([...hello.keys, ["f", "full screen"]]);
  listenToKeys(new Map(hello.keys), { "?": showKeys, f: turnFull, q: quit }, new Set(hello.repeats), (key) => panel.say("key", key));
  panel.tabs.open("play");
}
