// What the browser keeps for the next time; where it keeps nothing, it is kept until the page is closed.

const kept = new Map();

export function remembered(name, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`kaleidocam.${name}`)) ?? otherwise;
  } catch {
    return kept.get(name) ?? otherwise;
  }
}

export function remember(name, value) {
  kept.set(name, value);
  try {
    localStorage.setItem(`kaleidocam.${name}`, JSON.stringify(value));
  } catch {
    // a browser that is told to keep nothing
  }
}

const list = remembered("favourites", []);
export const favourites = new Set(Array.isArray(list) ? list.filter((name) => typeof name === "string") : []);

// Makes `names` the favourites.
export function favour(names) {
  const wanted = [...names];
  favourites.clear();
  for (const name of wanted) favourites.add(name);
  remember("favourites", wanted);
}
