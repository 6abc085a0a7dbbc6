/** A small menu at a button or at the mouse: arrow keys move, Enter chooses, Escape or a click elsewhere closes. */
import { element } from "./element.js";

const MARGIN = 8;
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/**
 * @param {{left: number, top: number, bottom: number}} place in viewport pixels; the menu opens under it, or above
 *   when there is no room
 * @param {Array<{label: string, detail?: string, data?: Object, choose: Function}>} items
 */
export function openMenu(place, items) {
  const menu = element("div", { class: "menu", role: "menu", popover: "auto", onkeydown: walk }, ...items.map(item));
  menu.addEventListener("toggle", ({ newState }) => newState === "closed" && menu.remove());
  document.body.append(menu);
  menu.showPopover();
  position(menu, place);
  menu.firstElementChild?.focus({ preventScroll: true });

  function item({ label, detail, data, choose }) {
    return element("button", { type: "button", role: "menuitem", data, onclick: () => { menu.hidePopover(); choose(); } },
      element("span", { dir: "auto" }, label),
      detail ? element("small", { dir: "auto" }, detail) : null);
  }
}

/** The place of a mouse event. */
export function pointOf(event) {
  return { left: event.clientX, top: event.clientY, bottom: event.clientY };
}

function position(menu, place) {
  const { width, height } = menu.getBoundingClientRect();
  const fitsBelow = place.bottom + height + MARGIN <= innerHeight;
  menu.style.left = `${Math.max(MARGIN, Math.min(place.left, innerWidth - width - MARGIN))}px`;
  menu.style.top = `${Math.max(MARGIN, fitsBelow ? place.bottom : place.top - height)}px`;
}

function walk(event) {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const items = [...event.currentTarget.children];
  items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
}
