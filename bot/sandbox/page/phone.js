/** One person's phone: what arrives in its chats with the bots, and everything that the person can do. */
import { Chat } from "./chat.js";
import { onClicks } from "./clicks.js";
import { Composer } from "./composer.js";
import { element } from "./element.js";
import { keyRows, phoneView, tab } from "./frame.js";
import { openMenu } from "./menu.js";
import { inParts } from "./parts.js";
import * as world from "./world.js";

const NOTICE_LASTS_MS = 7000;

export class Phone {
  #noticeEnds = 0;
  #opened = false;

  /**
   * @param person as in GET /world/phones
   * @param bots as in GET /world/bots; at least one
   * @param neighbours the other phones, asked whenever a link could be handed over
   */
  constructor(person, bots, neighbours) {
    Object.assign(this, { id: person.id, name: person.name, neighbours });
    this.chats = new Map(bots.map((bot) => [bot.username.toLowerCase(), new Chat(bot)]));
    this.tabs = element("div", { class: "tabs", role: "tablist", hidden: bots.length < 2 }, ...bots.map(tab));
    this.notice = element("p", { class: "notice", role: "status", hidden: true });
    this.keyboard = element("div", { class: "keyboard", role: "group", "aria-label": "Suggested answers", hidden: true });
    this.composer = new Composer(person.name, { send: (draft) => this.send(draft), showCommands: (place) => this.showCommands(place) });
    this.element = phoneView(this, person);
    onClicks(this);
    this.turnTo(bots[0].username);
  }

  // What arrives

  /** Whether it has a chat for each of these bots. */
  knows(bots) {
    return bots.every(({ username }) => this.chatWith(username));
  }

  /** Reads all chats again. */
  async load() {
    const read = await world.chats(this.id);
    for (const chat of this.chats.values())
      chat.replace(read.find(({ bot }) => this.chatWith(bot) === chat)?.messages ?? []);
    if (!this.#opened) this.turnTo(this.#liveliest().bot.username);
    this.#opened = true;
    this.#showKeyboard();
  }

  #liveliest() {
    const lastSaid = (chat) => chat.messages.at(-1)?.date ?? 0;
    return [...this.chats.values()].reduce((best, chat) => (lastSaid(chat) > lastSaid(best) ? chat : best));
  }

  /** @returns {boolean} false when the event can't be shown from here and the world has to be read again */
  receive({ bot, kind, message, text }) {
    const chat = this.chatWith(bot);
    if (!chat || (kind === "delete" && !message)) return false;
    if (kind === "typing") chat.showTyping();
    else if (kind === "callback_answer") this.#answered(chat, text);
    else if (kind === "delete") chat.remove(message.message_id);
    else chat.put(message);
    if (kind === "message" && chat !== this.chat) this.#tabOf(chat).dataset.unread = "";
    this.#showKeyboard();
    return true;
  }

  #answered(chat, text) {
    chat.pressAnswered();
    if (text) this.tell(text);
  }

  // What the person does. Promises say whether the sandbox took it; a refusal is shown.

  chatWith(bot) {
    return this.chats.get(bot.toLowerCase());
  }

  turnTo(bot) {
    this.chat = this.chatWith(bot);
    for (const each of this.chats.values()) {
      each.element.hidden = each !== this.chat;
      this.#tabOf(each).setAttribute("aria-selected", each === this.chat);
    }
    delete this.#tabOf(this.chat).dataset.unread;
    this.composer.reset();
    this.#showKeyboard();
  }

  send({ text, replyTo, editing, kind, file }) {
    this.chat.follow();
    if (editing) return this.#shown(world.edit(this.id, this.#bot, editing, text));
    if (kind) return this.#shown(world.attach(this.id, this.#bot, kind, file, text));
    return this.#say(this.#bot, inParts(text), replyTo);
  }

  async #say(bot, [part, ...rest], replyTo) {
    const taken = await this.#shown(world.say(this.id, bot, part, replyTo));
    return taken && rest.length > 0 ? this.#say(bot, rest) : taken;
  }

  /** Opens a start link on this phone. */
  followLink({ bot, payload }) {
    if (!this.chatWith(bot)) return this.tell(`There is no bot @${bot} in this sandbox.`);
    if (this.chatWith(bot) !== this.chat) this.turnTo(bot);
    return this.send({ text: `/start ${payload}` });
  }

  async press(button, messageId) {
    this.chat.waitFor(button);
    const taken = await this.#shown(world.press(this.id, this.#bot, messageId, button.dataset.data));
    if (!taken) this.chat.pressAnswered();
  }

  remove(messageId) {
    return this.#shown(world.remove(this.id, this.#bot, messageId));
  }

  async block(blocked) {
    const taken = await this.#shown((blocked ? world.block : world.unblock)(this.id, this.#bot));
    if (taken) this.tell(blocked ? "Blocked. What the bot sends is refused now." : "Unblocked.");
  }

  async showCommands(place) {
    const commands = await world.commands(this.id, this.#bot).catch(() => []);
    if (commands.length === 0) return this.tell("This bot has no commands here.");
    openMenu(place, commands.map(({ command, description }) => (
      { label: `/${command}`, detail: description, data: { command }, choose: () => this.send({ text: `/${command}` }) })));
  }

  /** Shows a line above the text box for a while. */
  tell(words) {
    clearTimeout(this.#noticeEnds);
    this.notice.replaceChildren(words);
    this.notice.hidden = false;
    this.#noticeEnds = setTimeout(() => { this.notice.hidden = true; }, NOTICE_LASTS_MS);
  }

  get #bot() {
    return this.chat.bot.username;
  }

  async #shown(verb) {
    const { ok, error } = await verb;
    if (!ok) this.tell(error || "The sandbox refused this.");
    return ok;
  }

  #tabOf(chat) {
    return [...this.tabs.children].find(({ dataset }) => dataset.tab === chat.bot.username);
  }

  #showKeyboard() {
    const rows = this.chat.keyboard;
    this.keyboard.hidden = rows.length === 0;
    this.keyboard.replaceChildren(...keyRows(rows));
  }
}
