/** The chat with one bot as a list of bubbles: order, edits in place, deletions, typing, and where the reader stands. */
import { element } from "./element.js";
import { iconButton } from "./icons.js";
import { messageView } from "./message.js";

const NEAR_THE_END_PX = 48;
const TYPING_LASTS_MS = 5000;

export class Chat {
  #messages = new Map();
  #following = true;
  #lastTop = 0;
  #typingEnds = 0;

  /** @param bot as in GET /world/bots */
  constructor(bot) {
    this.bot = bot;
    this.list = element("div", { class: "messages", role: "log", "aria-label": `Chat with ${bot.name || bot.username}` });
    this.welcome = welcome(bot);
    this.typing = element("p", { class: "typing", role: "status", hidden: true }, "typing…");
    this.newest = iconButton("down", "Newest messages", { class: "icon-button newest", hidden: true, onclick: () => this.follow() });
    this.scroller = element("div", { class: "scroller", onscroll: () => this.#noticeReader() }, this.welcome, this.list, this.typing);
    this.element = element("div", { class: "chat", role: "tabpanel", data: { bot: bot.username } }, this.scroller, this.newest);
    this.#keepInSight();
  }

  get messages() {
    return [...this.#messages.values()].sort((a, b) => a.message_id - b.message_id);
  }

  /** The rows of the reply keyboard in force; none when the last one was taken away. */
  get keyboard() {
    return this.messages.findLast(({ keyboard }) => keyboard)?.keyboard ?? [];
  }

  message(id) {
    return this.#messages.get(Number(id));
  }

  /** Shows exactly these messages, touching only what differs: the reader stays where they were. */
  replace(messages) {
    const present = new Set(messages.map(({ message_id: id }) => id));
    for (const id of this.#messages.keys()) if (!present.has(id)) this.remove(id);
    for (const message of messages) if (!isSame(message, this.message(message.message_id))) this.put(message);
  }

  /** Shows a message: a new one in its place by number, a known one as it reads now. */
  put(message) {
    const view = messageView(message, this.message(message.reply_to));
    const shown = this.#viewOf(message.message_id);
    this.#messages.set(message.message_id, message);
    if (shown) exchange(shown, view);
    else this.#insert(view);
    if (message.from === "bot") this.#stopTyping();
    this.#refresh();
  }

  remove(id) {
    this.#messages.delete(id);
    this.#viewOf(id)?.remove();
    this.#refresh();
  }

  showTyping() {
    clearTimeout(this.#typingEnds);
    this.typing.hidden = false;
    this.#typingEnds = setTimeout(() => this.#stopTyping(), TYPING_LASTS_MS);
  }

  /** Goes to the newest message and stays with it. */
  follow() {
    this.#following = true;
    this.newest.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** A pressed button waits until the bot answers. */
  waitFor(button) {
    button.setAttribute("aria-busy", "true");
  }

  pressAnswered() {
    for (const button of this.list.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }

  #viewOf(id) {
    return this.list.querySelector(`[data-message-id="${Number(id)}"]`);
  }

  #insert(view) {
    const id = Number(view.dataset.messageId);
    let before = this.list.lastElementChild;
    while (before && Number(before.dataset.messageId) > id) before = before.previousElementSibling;
    if (before) before.after(view);
    else this.list.prepend(view);
  }

  #refresh() {
    this.welcome.hidden = this.#messages.size > 0;
  }

  #stopTyping() {
    clearTimeout(this.#typingEnds);
    this.typing.hidden = true;
  }

  /** Whatever grows or shrinks (a message, a loading picture, the text box), a reader at the end stays there. */
  #keepInSight() {
    const watcher = new ResizeObserver(() => this.#following && this.follow());
    for (const part of [this.scroller, this.welcome, this.list, this.typing]) watcher.observe(part);
  }

  #noticeReader() {
    if (this.element.hidden) return;
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    const atTheEnd = scrollHeight - scrollTop - clientHeight < NEAR_THE_END_PX;
    // Growth below moves the end away from a reader who did not move: only going up means to stay.
    this.#following = atTheEnd || (this.#following && scrollTop >= this.#lastTop);
    this.#lastTop = scrollTop;
    this.newest.hidden = this.#following;
  }
}

function isSame(message, known) {
  return JSON.stringify(message) === JSON.stringify(known);
}

function welcome(bot) {
  return element("div", { class: "welcome" },
    element("h3", { dir: "auto" }, bot.name || bot.username),
    bot.description ? element("p", { dir: "auto" }, bot.description) : null,
    element("button", { type: "button", class: "start", data: { action: "start" } }, "Start"));
}

/** Puts the new view where the old one was, and the keyboard focus with it. */
function exchange(old, view) {
  const focused = old.contains(document.activeElement) ? document.activeElement.dataset : null;
  view.classList.add("changed");
  old.replaceWith(view);
  if (!focused) return;
  const same = [...view.querySelectorAll("button")].find((button) => button.dataset.data === focused.data && button.dataset.action === focused.action);
  (same ?? view.querySelector("button")).focus({ preventScroll: true });
}
