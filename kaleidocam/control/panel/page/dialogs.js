// What is asked before something is done that can't be taken back, and the list of keys.

import { element, find } from "./elements.js";

// Resolves to whether `yes` was pressed.
export function sure(title, no, yes) {
  const dialog = find("#sure");
  find("#sure-title").textContent = title;
  dialog.querySelector("[value=no]").textContent = no;
  dialog.querySelector("[value=yes]").textContent = yes;
  return answer(dialog).then((said) => said === "yes");
}

// Resolves to a new name, or to an empty text.
export async function naming(title, name) {
  const dialog = find("#naming"), input = dialog.querySelector("input");
  find("#naming-title").textContent = title;
  input.value = name;
  dialog.querySelector("[type=button]").onclick = () => dialog.close();
  const said = answer(dialog);
  input.select();
  return (await said) === "yes" ? input.value.trim() : "";
}

function answer(dialog) {
  if (!dialog.open) dialog.showModal();
  return new Promise((done) => { // "close" comes later, and could be taken for the end of the next question
    dialog.querySelector("form").onsubmit = (event) => done(event.submitter?.value ?? "");
    dialog.oncancel = () => done("");
  });
}

// `keys`: [[key, what it does], …] in their order; keys that do the same stand together.
export function fillKeys(keys) {
  const named = new Map();
  for (const [key, meaning] of keys) named.set(meaning, [...(named.get(meaning) ?? []), key === " " ? "space" : key]);
  find("#keys dl").replaceChildren(...[...named].flatMap(([meaning, each]) => {
    return [element("dt", {}, ...each.map((key) => element("kbd", {}, key))), element("dd", {}, meaning)];
  }));
}

export const showKeys = () => find("#keys").open || find("#keys").showModal();
