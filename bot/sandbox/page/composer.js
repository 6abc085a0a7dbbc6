/** The foot of a phone: the text box, what it is about to do (reply, edit, send a file), and its buttons. */
import { element } from "./element.js";
import { ATTACHABLE } from "./files.js";
import { iconButton } from "./icons.js";
import { openMenu } from "./menu.js";
import { summary } from "./message.js";
import { richText, startLinks } from "./richtext.js";

const PLAIN = {}; // just a message
const BORDERS_PX = 2;

export class Composer {
  #purpose = PLAIN;
  #sending = Promise.resolve();

  /**
   * @param {string} owner whose phone it is
   * @param send `async ({text, replyTo?, editing?, kind?, file?}) -> boolean`; false gives the words back
   * @param showCommands opens the command menu at a place
   */
  constructor(owner, { send, showCommands }) {
    this.send = send;
    this.text = element("textarea", {
      rows: "1", dir: "auto", placeholder: "Message", "aria-label": `Message from ${owner}`,
      oninput: () => this.#noticeText(), onkeydown: (event) => this.#key(event),
    });
    this.picker = element("input", { type: "file", hidden: true, "aria-label": "File to attach", onchange: () => this.#picked() });
    this.purpose = element("div", { class: "purpose", hidden: true });
    this.offer = element("div", { class: "offer", hidden: true, onclick: () => this.reset() });
    this.element = element("form", { class: "composer", onsubmit: (event) => this.#submit(event) },
      this.offer, this.purpose,
      element("div", { class: "tools" },
        iconButton("attach", "Attach", { "aria-haspopup": "menu", data: { action: "attach" }, onclick: ({ currentTarget }) => this.#attachMenu(currentTarget) }),
        iconButton("commands", "Commands", { "aria-haspopup": "menu", data: { action: "commands" }, onclick: ({ currentTarget }) => showCommands(currentTarget.getBoundingClientRect()) }),
        this.text, this.picker,
        iconButton("send", "Send", { type: "submit", class: "icon-button send", data: { action: "send" } })));
  }

  replyTo(message) {
    this.#intend({ replyTo: message.message_id }, "Reply to", summary(message));
  }

  edit(message) {
    this.#write(message.text);
    this.#intend({ editing: message.message_id }, "Edit", summary(message));
  }

  /** Empties the box and forgets what it was for. */
  reset() {
    this.#write("");
    this.#intend(PLAIN);
  }

  #intend(purpose, label, about) {
    this.#purpose = purpose;
    this.purpose.hidden = purpose === PLAIN;
    this.purpose.replaceChildren(
      element("strong", {}, label ?? ""), element("span", { dir: "auto" }, about ?? ""),
      iconButton("close", "Cancel", { data: { action: "cancel" }, onclick: () => this.reset() }));
    if (purpose !== PLAIN) this.text.focus({ preventScroll: true });
  }

  #write(text) {
    this.text.value = text;
    this.#noticeText();
  }

  #noticeText() {
    this.text.style.height = "auto";
    if (this.text.value) this.text.style.height = `${this.text.scrollHeight + BORDERS_PX}px`;
    const links = startLinks(this.text.value).flatMap(({ words }) => richText(words));
    this.offer.hidden = links.length === 0;
    this.offer.replaceChildren("Open here: ", ...links);
  }

  #key(event) {
    if (event.key === "Escape") this.reset();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  /** Sends one after the other, so that two quick messages arrive in the order they were written. */
  #submit(event) {
    event.preventDefault();
    const draft = { text: this.text.value.trim(), ...this.#purpose };
    if (!draft.text && !draft.kind) return;
    this.reset();
    this.#sending = this.#sending.then(() => this.send(draft)).then((taken) => taken || this.#giveBack(draft));
  }

  #giveBack({ text }) {
    if (!this.text.value) this.#write(text);
  }

  #attachMenu(button) {
    openMenu(button.getBoundingClientRect(), ATTACHABLE.map((choice) => (
      { label: choice.label, data: { kind: choice.kind }, choose: () => this.#pick(choice) })));
  }

  #pick({ kind, label, accept }) {
    if (accept === null) return this.#intend({ kind, file: null }, "Attach", label);
    this.picker.accept = accept;
    this.picker.dataset.kind = kind;
    this.picker.value = "";
    this.picker.click();
  }

  #picked() {
    const [file] = this.picker.files;
    if (file) this.#intend({ kind: this.picker.dataset.kind, file }, "Attach", file.name);
  }
}
