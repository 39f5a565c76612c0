// What stands on the page.

export const find = (selector) => document.querySelector(selector);
