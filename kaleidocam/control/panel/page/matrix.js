// What beat and sound move: for each parameter a slider for each driver, which write and read the same formula.

import { button, card, element, plain } from "./elements.js";
import { slider } from "./controls.js";
import { throttled } from "./following.js";
import { terms, withAmount } from "./formula.js";

export function matrix(panel, hello, parameter) {
  const drivers = new Set(Object.keys(hello.drivers));
  const knobs = new Map(hello.parameters.filter((each) => "low" in each).map((each) => [each.name, each]));
  const place = element("div", { className: "matrix" });
  const left = element("p", { className: "help left", role: "status" });
  const add = element("select", { "aria-label": "another parameter to move" });
  const words = element("textarea", { rows: 3, spellcheck: false, "aria-label": "modulation formula",
                                      placeholder: parameter.meaning });
  const rows = new Map();
  const opened = new Set();
  let text = "", sent = null, typing = false;
  const send = throttled((formula) => panel.say("set", "modulate", formula));
  const write = (name, driver, amount) => {
    text = sent = withAmount(terms(text, knobs, drivers), name, driver, amount);
    send(text);
    if (!typing) words.value = text;
    said();
  };
  const said = () => {
    const hidden = terms(text, knobs, drivers).filter(({ shown }) => !shown).map((each) => each.text);
    left.textContent = hidden.length ? `Only in the formula, and left as it is: ${hidden.join(", ")}` : "";
    left.hidden = !hidden.length;
  };
  const show = () => {
    const all = terms(text, knobs, drivers);
    for (const { name, shown } of all) if (shown) opened.add(name);
    for (const name of opened) {
      if (!rows.has(name)) rows.set(name, row(name, drivers, knobs, write, () => close(name)));
    }
    for (const { element: made } of rows.values()) if (made.parentElement !== place) place.append(made); // none is moved under a hand
    for (const [name, { amounts }] of rows) {
      for (const [driver, { follow, element: way }] of amounts) {
        const mine = all.filter((each) => each.name === name && each.driver === driver);
        way.disabled = mine.some(({ shown }) => !shown);
        follow.update(mine.length === 1 && mine[0].shown ? mine[0].amount : 0);
      }
    }
    const others = [...knobs.keys()].filter((name) => !rows.has(name));
    add.replaceChildren(element("option", { value: "" }, "+ move another parameter"),
                        ...others.map((name) => element("option", { value: name }, plain(name))));
    said();
  };
  const close = (name) => {
    let all = terms(text, knobs, drivers);
    for (const { name: each, driver, shown } of all) {
      if (each === name && shown) all = terms(withAmount(all, name, driver, 0), knobs, drivers);
    }
    text = sent = all.map((each) => each.text).join(", ");
    rows.get(name).element.remove();
    rows.delete(name);
    opened.delete(name);
    send(text);
    if (!typing) words.value = text;
    show();
  };
  add.addEventListener("change", () => {
    if (add.value) opened.add(add.value);
    show();
  });
  words.addEventListener("focus", () => (typing = true));
  words.addEventListener("blur", () => {
    typing = false;
    words.value = text;
  });
  words.addEventListener("change", () => panel.say("set", "modulate", words.value.replace(/\s+/g, " ").trim()));
  words.addEventListener("keydown", (event) => {
    if (event.key === "Escape") words.value = text;
    if (event.key === "Enter") event.preventDefault();
    if (event.key === "Escape" || event.key === "Enter") words.blur();
  });
  panel.on(({ look }, { look: news }) => {
    if (!news || !("modulate" in news)) return;
    if (sent !== null && look.modulate !== sent) sent = null;
    text = look.modulate;
    if (!typing) words.value = text;
    show();
  });
  return card("What beat and sound move", place, add, left,
              element("details", { className: "formula" }, element("summary", {}, "as a formula"), words,
                      element("p", { className: "help" }, parameter.meaning)));
}

function row(name, drivers, knobs, write, close) {
  const amounts = new Map([...drivers].map((driver) => {
    return [driver, slider({ min: -1, max: 1, step: 0.01, value: 0, id: `move-${name}-${driver}`,
                             "aria-label": `${plain(name)} by ${driver}` },
                           (amount) => write(name, driver, amount), 0.5)];
  }));
  const cells = [...amounts].map(([driver, { element: way }]) => {
    way.addEventListener("dblclick", () => write(name, driver, 0));
    return element("label", {}, element("span", {}, driver), way);
  });
  const away = button(`${plain(name)} is moved no more`, close, { className: "away" }, "×");
  return { element: element("div", { className: "moved-by", role: "group", "aria-label": `what moves ${plain(name)}` },
                            element("h3", {}, plain(name)), away, ...cells), amounts };
}
