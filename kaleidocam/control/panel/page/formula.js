// The formula of `modulate`, read and written as terms: "strength + 0.3*beat, rate - 0.5*bass". Nothing that can't be read
// is ever changed.

const TERM = /^\s*(\w+)\s*([+-])\s*(?:(\d+\.?\d*|\.\d+)\s*\*\s*)?(\w+)\s*$/;

// Terms in their order, each { text, name, driver, amount, shown }; `shown`: whether a slider from -1 to 1 can show it,
// which is so for the only term of a parameter and a driver.
export function terms(text, knobs, drivers) {
  const all = text.trim() ? text.split(",").map((part) => term(part.trim(), knobs, drivers)) : [];
  for (const each of all) {
    const alike = all.filter(({ name, driver }) => name === each.name && driver === each.driver);
    each.shown &&= alike.length === 1;
  }
  return all;
}

function term(text, knobs, drivers) {
  const [, name, sign, amount, driver] = TERM.exec(text) ?? [];
  const size = Number(amount ?? 1) * (sign === "-" ? -1 : 1);
  return { text, name, driver, amount: size, shown: knobs.has(name) && drivers.has(driver) && Math.abs(size) <= 1 };
}

// The formula with another amount for a parameter and a driver; 0 takes the term away. All else stays as it was written.
export function withAmount(all, name, driver, amount) {
  const size = Math.abs(Math.round(amount * 100) / 100);
  const text = size ? `${name} ${amount < 0 ? "-" : "+"} ${size}*${driver}` : null;
  const at = all.findIndex((each) => each.shown && each.name === name && each.driver === driver);
  const texts = all.map((each, place) => (place === at ? text : each.text));
  if (at < 0) texts.push(text);
  return texts.filter((each) => each !== null).join(", ");
}
