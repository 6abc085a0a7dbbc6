/**
 * Builds elements from plain values.
 *
 * Strings only ever become text nodes and attributes; nothing in this page parses markup, and the page's
 * Content-Security-Policy (`require-trusted-types-for 'script'`) makes the browser refuse if something tried.
 */

/**
 * @param {string} tag
 * @param {Object} attributes `data` is an object for `dataset`; `onclick` and the like are listeners;
 *   null, undefined and false leave the attribute out; true sets it empty
 * @param {...(Node|string|null)} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) assign(made, name, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function assign(made, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "data") Object.assign(made.dataset, value);
  else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
  else made.setAttribute(name, value === true ? "" : value);
}
