// Settings that the browser stores for the next visit; if it stores nothing, they last until the page is closed.

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
    // the browser's settings forbid storage
  }
}

const list = remembered("favourites", []);
export const favourites = new Set(Array.isArray(list) ? list.filter((name) => typeof name === "string") : []);

// Replaces the favorites by `names`.
export function favour(names) {
  const wanted = [...names];
  favourites.clear();
  for (const name of wanted) favourites.add(name);
  remember("favourites", wanted);
}
