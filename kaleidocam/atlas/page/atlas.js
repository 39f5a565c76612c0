// The atlas: which motifs are shown and in which order, and the response to pointer and keys.

import { askForPanel, copy, send, toast } from "./acts.js";
import { byName, channels, finder, layers, sorted } from "./channels.js";
import { Detail } from "./detail.js";
import { find } from "./find.js";
import { Grid } from "./grid.js";
import { favour, favourites, remember, remembered } from "./remembered.js";

const CELL = innerWidth < 900 ? 72 : 96; // pixels per side
const press = (button, on) => button.setAttribute("aria-pressed", String(on));
const pressed = (selector) => find(selector).getAttribute("aria-pressed") === "true";
const number = (count) => count.toLocaleString("en-GB");

let sort = remembered("sort", "number");
const detail = new Detail(seek, go);
const grid = new Grid(find("#motifs"), channels, (channel) => detail.show(channel), (channel) => {
  detail.show(channel);
  copy(channel.name);
});

function show() {
  const layer = find("#layer").value;
  const fits = finder(find("#search").value);
  const [curated, starred, dead] = ["#curated", "#favourites", "#dead"].map(pressed);
  const all = channels.filter((channel) => (!layer || channel.layer === layer) && (!curated || channel.curated)
    && (!starred || favourites.has(channel.name)) && fits(channel));
  const some = all.filter((channel) => dead || starred || !channel.dead);
  const hidden = all.length - some.length;
  grid.show(some.length ? sorted(some, sort) : []);
  find("#count").textContent = `${number(some.length)} ${some.length === 1 ? "channel" : "channels"}`
    + (hidden ? `, ${number(hidden)} dead hidden` : "");
  for (const button of document.querySelectorAll("#sort button")) press(button, button.dataset.sort === sort);
}

function seek(text) {
  find("#search").value = text;
  scrollTo({ top: 0 });
  show();
}

// Shows a channel, and moves the focus to it if its motif is visible.
function go(channel) {
  detail.show(channel);
  if (grid.at(channel.name)) grid.focus(channel.name);
}

function star(channel) {
  const on = !favourites.has(channel.name);
  favour(on ? [...favourites, channel.name] : [...favourites].filter((name) => name !== channel.name));
  starred();
  toast(`${channel.name} is ${on ? "a favorite" : "no longer a favorite"}`);
}

function starred() {
  for (const [name, cell] of grid.cells) cell.classList.toggle("starred", favourites.has(name));
  find("#favourites span").textContent = favourites.size || "";
  find("#favourites").setAttribute("aria-label", `favorites, ${favourites.size}`);
  detail.mark();
}

function zoom(size) {
  document.documentElement.style.setProperty("--cell", `${size}px`);
  find("#zoom").setAttribute("aria-valuetext", `${size} pixels`);
  grid.estimate();
}

async function editFavourites() {
  const [dialog, lines] = [find("#texts"), find("#lines")];
  lines.value = [...favourites].join("\n");
  dialog.showModal();
  dialog.querySelector("form").onsubmit = (event) => {
    if (event.submitter.value === "copy") {
      event.preventDefault();
      copy(lines.value, "the list");
    } else if (event.submitter.value === "yes") {
      const given = lines.value.split(/[\s,]+/).filter(Boolean);
      const known = new Set(given.filter((name) => byName.has(name)));
      favour(known);
      starred();
      show();
      const wrong = given.filter((name) => !byName.has(name));
      const unknown = wrong.length ? `; unknown channels: ${wrong.slice(0, 5).join(", ")}` : "";
      toast(`${known.size} favorites${unknown}`, wrong.length > 0);
    }
  };
}

const KEYS = { f: star, p: send, Enter: ({ name }) => copy(name) };

function key(event) {
  const busy = event.target.closest("input, textarea, select") || find("dialog[open]");
  if (busy || event.ctrlKey || event.altKey || event.metaKey) return;
  const own = event.target.closest("button") && !event.target.closest("#motifs"); // Enter presses this button
  if (event.key === "/") find("#search").focus();
  else if (event.key in KEYS && !(own && event.key === "Enter") && detail.channel) KEYS[event.key](detail.channel);
  else if (!grid.move(event.key)) return;
  event.preventDefault();
}

function searchKey(event) {
  if (event.key === "Escape") seek("");
  else if (event.key === "Enter" || event.key === "ArrowDown") grid.move("Home");
  else return;
  event.preventDefault();
}

function begin() {
  find("#layer").append(new Option(`all, ${number(channels.length)}`, ""),
                        ...Object.entries(layers).map(([layer, { count }]) => new Option(`${layer}, ${count}`, layer)));
  find("#dead span").textContent = number(channels.filter(({ dead }) => dead).length);
  find("#curated").hidden = !channels.some(({ curated }) => curated);
  find("#zoom").value = remembered("cell", CELL);
  zoom(find("#zoom").value);
  find("#zoom").addEventListener("input", () => {
    zoom(find("#zoom").value);
    remember("cell", Number(find("#zoom").value));
  });
  find("#search").addEventListener("input", show);
  find("#search").addEventListener("keydown", searchKey);
  find("#layer").addEventListener("change", show);
  find("#sort").addEventListener("click", ({ target }) => {
    if (!target.dataset.sort) return;
    sort = target.dataset.sort;
    remember("sort", sort);
    show();
  });
  for (const name of ["#curated", "#favourites", "#dead"]) {
    find(name).addEventListener("click", () => {
      press(find(name), !pressed(name));
      show();
    });
  }
  const acts = { "#copy": ({ name }) => copy(name), "#favour": star, "#send": send };
  for (const [name, act] of Object.entries(acts)) find(name).addEventListener("click", () => act(detail.channel));
  find("#unfold").addEventListener("click", () => {
    find("#unfold").setAttribute("aria-expanded", String(find("#detail").classList.toggle("open")));
  });
  find("#list").addEventListener("click", editFavourites);
  find("#panel").addEventListener("click", askForPanel);
  document.addEventListener("keydown", key);
  document.addEventListener("atlas-said", ({ detail: said }) => toast(said.words, said.wrong));
  let playing = null;
  document.addEventListener("atlas-playing", ({ detail: name }) => {
    if (playing === null && byName.has(name)) detail.show(byName.get(name)); // the page opens with the channel that plays
    playing = name;
    for (const [each, cell] of grid.cells) cell.classList.toggle("playing", each === name);
  });
  addEventListener("resize", () => grid.estimate());
  show();
  starred();
  detail.show(channels.find(({ curated }) => curated) ?? channels.find(({ dead }) => !dead) ?? channels[0]);
  document.documentElement.dataset.ready = "";
}

begin();
