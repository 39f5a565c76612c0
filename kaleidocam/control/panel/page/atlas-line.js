// The atlas's line to kaleidocam: what is chosen goes straight to it, and what plays is marked.

import "./atlas/atlas.js"; // first: it listens
import { Line } from "./line.js";

document.querySelector("#panel").hidden = true; // it is known here
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

const line = new Line("panel", {
  picture: () => {}, // never acknowledged, so no other is made for this page
  message: ({ look, error }) => {
    if (look?.channel) tell("atlas-playing", look.channel);
    if (error) tell("atlas-said", { words: error, wrong: true });
  },
  away: (why) => tell("atlas-said", { words: why, wrong: true }),
});

document.addEventListener("atlas-send", (event) => {
  event.preventDefault(); // no other window is needed
  const done = line.say("set", "channel", event.detail);
  tell("atlas-said", done ? { words: `${event.detail} plays`, wrong: false }
                          : { words: "The connection is lost. Trying again …", wrong: true });
});
