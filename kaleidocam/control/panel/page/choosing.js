// Choosing: presets by their pictures, channels by layer and number.

import { element, field, following } from "./controls.js";
import { fetchMotifs, Motifs } from "./motifs.js";

function folder(title, ...body) {
  return element("details", { open: true, className: `group-${title.toLowerCase()}` }, element("summary", {}, title), ...body);
}

export function presetStrip(say, parts) {
  const strip = element("div", { className: "presets" });
  const name = element("input", { type: "text", id: "save-name", placeholder: "name for this look", maxLength: 64,
                                  pattern: "[A-Za-z0-9_\\-]+", spellcheck: false, autocomplete: "off",
                                  title: "letters, digits, - and _", "aria-label": "name for this look" });
  const form = element("form", { className: "save" }, name, element("button", {}, "Save"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!name.value.trim()) return name.focus();
    say("save", name.value.trim());
    name.value = "";
    name.blur();
  });
  let times = 0;
  parts.push((now, { presets, preset }) => {
    if (presets) strip.replaceChildren(...presets.map((each) => presetButton(each, say, ++times)));
    if (presets || preset !== undefined) {
      for (const button of strip.children) {
        const here = button.dataset.preset === now.preset;
        if (here && button.getAttribute("aria-pressed") !== "true") {
          strip.scrollTo({ left: button.offsetLeft - strip.clientWidth / 2 + button.offsetWidth / 2 });
        }
        button.setAttribute("aria-pressed", String(here));
      }
    }
  });
  return folder("Presets", strip, form);
}

function presetButton({ name, own, picture }, say, time) {
  const image = picture
    ? element("img", { src: `thumbnails/${name}.jpg?${time}`, alt: "", loading: "lazy", width: 160, height: 90 }) : null;
  const button = element("button", { type: "button", className: own ? "own" : "" },
                         ...(image ? [image] : []), element("span", {}, name));
  button.dataset.preset = name;
  button.addEventListener("click", () => say("preset", name));
  return button;
}

export function channelPicker(parameter, layers, say, parts) {
  const names = Object.keys(layers);
  const layer = element("select", { "aria-label": "layer" }, ...names.map((name) => element("option", {}, name)));
  const number = field({ className: "value", inputMode: "numeric", "aria-label": "channel number" }, () => choose());
  const words = field({ className: "wide", "aria-label": "channel or weighted sum" }, (text) => say("set", "channel", text));
  let power = ""; // "^2" where the channel is amplified, which its neighbours then are too
  const follow = following((channel) => {
    const single = /^(\w+):(\d+)(\^2)?$/.exec(channel);
    if (single && single[1] in layers) layer.value = single[1];
    number.show(single ? single[2] : "");
    power = single?.[3] ?? "";
  });
  const set = (channel) => {
    follow.ask(channel);
    say("set", "channel", channel);
  };
  const choose = (at = Number(number.input.value) || 0) => {
    const count = layers[layer.value];
    const next = ((Math.round(at) % count) + count) % count;
    number.show(String(next)); // the next press counts on from here, even before the answer
    set(`${layer.value}:${next}${power}`);
  };
  const step = (way) => choose((Number(number.input.value) || 0) + way);
  const button = (sign, label, act) => {
    const made = element("button", { type: "button", title: label, "aria-label": label }, sign);
    made.addEventListener("click", act);
    return made;
  };
  layer.addEventListener("change", () => choose());
  parts.push((now, { look }) => {
    if (!look || !("channel" in look)) return;
    follow.update(now.look.channel);
    words.show(now.look.channel);
  });
  return folder(
    "Channel",
    names.length ? element("div", { className: "picker" }, layer, button("−", "previous channel", () => step(-1)),
      number.input, button("+", "next channel", () => step(1)),
      button("any", "a random channel", () => choose(Math.floor(Math.random() * layers[layer.value])))) : null,
    names.length ? pictures(layers, layer, set, parts) : null,
    words.input,
    element("p", { className: "help" }, parameter.meaning),
  );
}

// Pictures of channels, once they have come. `layer`: the choice whose layer is shown whole.
function pictures(layers, layer, set, parts) {
  const place = element("div", { className: "pictures" });
  let motifs = null, known = {};
  fetchMotifs().then((atlas) => {
    if (!atlas) return;
    motifs = new Motifs(atlas, layers, set);
    place.append(...motifs.curated(), motifs.excited(), motifs.whole(layer));
    if (Object.keys(atlas.layers).length) {
      place.append(element("a", { href: `atlas${location.search}`, target: "kaleidocam-atlas", className: "link" },
                           "the whole atlas ↗"));
    }
    motifs.update(known, known);
  });
  parts.push((now, news) => {
    known = now;
    motifs?.update(now, news);
  });
  return place;
}
