// Play: the parameters that matter most, then all others in groups.

import { control } from "./controls.js";
import { element, folder } from "./elements.js";
import { pad } from "./pad.js";

const MAIN = ["strength", "rate", "half_life", "color", "mirrors", "spin", "drift_zoom", "palette"];
// How the others are grouped. Those that are named nowhere come last, so a new one is never missing.
const GROUPS = [
  { title: "Dream", names: ["wet", "outline", "sharpness", "tilt", "detail", "scales", "morph"] },
  { title: "People", names: ["subject", "mask", "subject_amount", "subject_soft", "subject_grow",
                             "subject_channel", "subject_palette"] },
  { title: "Layer", names: ["layer_channel", "layer_amount", "layer_blend", "layer_mask", "layer_palette",
                            "layer_mirrors", "layer_geometry"] },
  { title: "What lets it in", names: ["trigger", "trigger_come", "trigger_go", "trigger_level"] },
  { title: "Colors", names: ["palette_amount", "luma"] },
  { title: "Kaleidoscope", pad: ["where the mirrors meet", "center_x", "center_y"],
    names: ["geometry", "fold", "angle", "zoom", "tile", "center_x", "center_y"] },
  { title: "Drift", pad: ["where the dream drifts", "drift_x", "drift_y"], names: ["drift_turn", "drift_x", "drift_y"] },
  { title: "Wandering", names: ["wander", "wander_seconds"] },
];
const OWN_PLACE = ["channel", "modulate"];

export function play(panel, hello) {
  const parameters = new Map(hello.parameters.map((parameter) => [parameter.name, parameter]));
  const placed = new Set([...OWN_PLACE, ...MAIN, ...GROUPS.flatMap(({ names }) => names)]);
  const finer = { title: "Finer", names: [...parameters.keys()].filter((name) => !placed.has(name)) };
  const rows = (names) => names.filter((name) => parameters.has(name)).map((name) => {
    return follow(panel, control(parameters.get(name), panel));
  });
  const groups = [...GROUPS, finer].map(({ title, names, pad: under }) => {
    const [what, across, down] = under ?? [];
    const pads = parameters.has(across) && parameters.has(down)
      ? [follow(panel, pad(what, parameters.get(across), parameters.get(down), panel))] : [];
    return folder(title, false, ...pads, ...rows(names));
  });
  return [element("div", { className: "rows", id: "main" }, ...rows(MAIN)),
          element("div", { id: "groups" }, ...groups)];
}

function follow(panel, made) {
  panel.on((now, { look, rest, instrument }) => {
    if ((look || rest || instrument) && now.look && Object.keys(now.look).length) made.update(now);
  });
  return made.element;
}
