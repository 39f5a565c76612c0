// Finds an element of the page.

export const find = (selector) => document.querySelector(selector);
