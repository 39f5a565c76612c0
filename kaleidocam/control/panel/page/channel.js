// Channels by layer and number, by their pictures, and by words: for the first dream, people's, or the layer.

import { field } from "./controls.js";
import { button, element, press } from "./elements.js";
import { following } from "./following.js";
import { fetchMotifs, Motifs } from "./motifs.js";

const PLACES = { channel: "dream", subject_channel: "people", layer_channel: "layer" };

export function channelPicker(parameter, layers, panel) {
  let place = "channel", look = {}; // which parameter is chosen for
  const names = Object.keys(layers);
  const layer = element("select", { "aria-label": "layer of the network" }, ...names.map((name) => element("option", {}, name)));
  const number = field({ className: "value", inputMode: "numeric", "aria-label": "channel number" }, () => choose());
  const words = field({ className: "wide", "aria-label": "channel or weighted sum" },
                      (text) => panel.say("set", place, text));
  let power = ""; // "^2" where the channel is amplified, which its neighbors then are too
  const follow = following((channel) => {
    const single = /^(\w+):(\d+)(\^2)?$/.exec(channel);
    if (single && single[1] in layers) layer.value = single[1];
    number.show(single ? single[2] : "");
    power = single?.[3] ?? "";
  });
  const set = (channel) => {
    follow.ask(channel);
    panel.say("set", place, channel);
  };
  const choose = (at = Number(number.input.value) || 0) => {
    const count = layers[layer.value];
    const next = ((Math.round(at) % count) + count) % count;
    number.show(String(next)); // the next press counts on from here, even before the answer
    set(`${layer.value}:${next}${power}`);
  };
  const step = (way) => choose((Number(number.input.value) || 0) + way);
  const any = () => choose(Math.floor(Math.random() * layers[layer.value]));
  layer.addEventListener("change", () => choose());
  const shown = ["", () => {}]; // by the pictures
  const show = () => {
    const channel = look[place] ?? "";
    follow.update(channel);
    words.show(channel);
    shown[0] = channel;
    shown[1]();
  };
  panel.on(({ look: now }, { look: news }) => {
    if (!news) return;
    look = now;
    if (place in news) show();
  });
  const chips = Object.entries(PLACES).map(([name, words]) => button(words, () => turn(name), { title: `channels of: ${words}` }));
  const none = button("no channel of its own", () => panel.say("set", place, ""), {}, "none");
  const turn = (name) => {
    place = name;
    none.hidden = name === "channel";
    Object.keys(PLACES).forEach((each, at) => press(chips[at], each === name));
    show();
  };
  turn(place);
  const picker = element("div", { className: "picker" }, layer, button("previous channel", () => step(-1), {}, "−"),
                         number.input, button("next channel", () => step(1), {}, "+"),
                         button("a random channel", any, {}, "any"));
  const places = element("div", { className: "chips", role: "group", "aria-label": "whose channel" }, ...chips, none);
  return element("div", { className: "group-channel" }, places, ...(names.length ? [picker] : []), words.input,
                 ...(names.length ? [pictures(layers, layer, set, panel, shown)] : []),
                 element("p", { className: "help" }, parameter.meaning));
}

// Pictures of channels, once they have come. `layer`: the choice whose layer is shown whole; `shown`: the channel that is
// marked, and what is called when it is another.
function pictures(layers, layer, set, panel, shown) {
  const place = element("div", { className: "pictures" });
  let motifs = null, known = {};
  fetchMotifs().then((atlas) => {
    if (!atlas) return;
    motifs = new Motifs(atlas, layers, set);
    place.append(motifs.excited(), ...motifs.curated(), motifs.whole(layer));
    if (Object.keys(atlas.layers).length) {
      place.append(element("a", { href: `atlas${location.search}`, target: "kaleidocam-atlas", className: "link" },
                           "the whole atlas ↗"));
    }
    shown[1] = () => motifs.play(shown[0]);
    shown[1]();
    motifs.update(known, known);
  });
  panel.on((now, news) => {
    known = now;
    motifs?.update(now, news);
  });
  return place;
}
