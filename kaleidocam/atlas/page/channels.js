// The channels: the data of each, the search and the sorting.

import { find } from "./find.js";

const data = JSON.parse(find("#data").textContent);
const order = new Map(data.order.map((name, at) => [name, at]));
const chosen = new Map(data.curated.map((each) => [each.name, each]));

export const { tile, columns, layers } = data;

export const channels = Object.entries(layers).flatMap(([layer, { count, rise, dead }]) => {
  const still = new Set(dead);
  return Array.from({ length: count }, (_, number) => {
    const name = `${layer}:${number}`;
    const { word = "", tags = [] } = chosen.get(name) ?? {};
    return { name, layer, number, word, tags, rise: rise[number], dead: still.has(number), curated: chosen.has(name),
             words: [word, ...tags].flatMap((text) => text.toLowerCase().split(/\s+/)).filter(Boolean),
             place: order.get(name) ?? Infinity };
  });
});

export const byName = new Map(channels.map((channel) => [channel.name, channel]));
const alikeOrder = channels.filter(({ place }) => place < Infinity).sort((one, other) => one.place - other.place);
alikeOrder.forEach((channel, at) => (channel.at = at));

// Returns a test: whether a channel matches all words of the search.
export function finder(text) {
  const words = text.toLowerCase().replace(/\s*:\s*/g, ":").split(/[\s,]+/).filter(Boolean);
  const tests = words.map(test);
  return (channel) => tests.every((fits) => fits(channel));
}

function test(word) {
  if (/^\d+$/.test(word)) return ({ number }) => number === Number(word);
  const [, layer, number] = /^(\w+):(\d*)$/.exec(word) ?? [word, word, ""];
  const named = Object.keys(layers).filter((name) => name.toLowerCase() === layer || name.replace(/\D/g, "") === layer);
  if (named.length) return (channel) => named.includes(channel.layer) && (!number || channel.number === Number(number));
  return ({ words }) => words.some((each) => each.startsWith(word));
}

// Groups of channels, as they are shown: [{ title, channels }].
export function sorted(some, sort) {
  if (sort === "likeness") {
    return [{ title: "similar motifs side by side", channels: some.toSorted((one, other) => one.place - other.place) }];
  }
  const rise = (channel) => channel.rise ?? -Infinity;
  return Object.keys(layers).map((layer) => {
    const mine = some.filter((channel) => channel.layer === layer);
    if (sort === "strength") mine.sort((one, other) => rise(other) - rise(one) || one.number - other.number);
    return { title: layer, channels: mine };
  }).filter((group) => group.channels.length);
}

// A channel's neighbors in the order by similarity, half before and half after it.
export function alike(channel, count) {
  if (channel.at === undefined) return [];
  const first = Math.min(Math.max(0, channel.at - count / 2), Math.max(0, alikeOrder.length - count - 1));
  return alikeOrder.slice(first, first + count + 1).filter((other) => other !== channel);
}
