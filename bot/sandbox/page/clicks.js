/**
 * One set of listeners for each phone: what is clicked says by its `data-` attributes what should happen.
 *
 * So messages, notes and the text box's offers can hold links and buttons without knowing any phone.
 */
import { openMenu, pointOf } from "./menu.js";
import { linksOf } from "./richtext.js";

/** Each line: the attribute (or its value for `data-action`), and what a click does. The first that fits wins. */
const BY_ATTRIBUTE = {
  startBot: (phone, { dataset }) => phone.followLink({ bot: dataset.startBot, payload: dataset.startPayload }),
  command: (phone, { dataset }) => phone.send({ text: dataset.command }),
  say: (phone, { dataset }) => phone.send({ text: dataset.say }),
  tab: (phone, { dataset }) => phone.turnTo(dataset.tab),
  url: (phone, { dataset }) => phone.tell(`In Telegram this opens ${dataset.url}. Here nothing leaves this computer.`),
  data: (phone, target) => phone.press(target, messageOf(phone, target).message_id),
};
const BY_ACTION = {
  start: (phone) => phone.send({ text: "/start" }),
  menu: (phone, target) => messageMenu(phone, messageOf(phone, target), target.getBoundingClientRect()),
  "phone-menu": (phone, target) => phoneMenu(phone, target.getBoundingClientRect()),
};

export function onClicks(phone) {
  phone.element.addEventListener("click", (event) => click(phone, event));
  phone.element.addEventListener("contextmenu", (event) => contextMenu(phone, event));
  phone.element.addEventListener("keydown", openLinkByKey);
}

function click(phone, { target }) {
  const control = target.closest("button, [role=link], a, video, audio");
  if (control) return act(phone, control);
  const bubble = target.closest(".bubble");
  if (bubble && getSelection().isCollapsed) phone.composer.replyTo(messageOf(phone, bubble));
}

function act(phone, control) {
  const name = Object.keys(BY_ATTRIBUTE).find((attribute) => attribute in control.dataset);
  const happen = BY_ATTRIBUTE[name] ?? BY_ACTION[control.dataset.action];
  happen?.(phone, control);
}

/** Links are spans (their words wrap and can be selected), so Enter has to be taught to them. */
function openLinkByKey(event) {
  if (event.key === "Enter" && event.target.matches("[role=link]")) event.target.click();
}

function contextMenu(phone, event) {
  const bubble = event.target.closest(".bubble");
  if (!bubble) return;
  event.preventDefault();
  messageMenu(phone, messageOf(phone, bubble), pointOf(event));
}

function messageOf(phone, part) {
  return phone.chat.message(part.closest("[data-message-id]").dataset.messageId);
}

function messageMenu(phone, message, place) {
  const own = message.from === "me";
  openMenu(place, [
    { label: "Reply", data: { choice: "reply" }, choose: () => phone.composer.replyTo(message) },
    own && message.text && !message.file && { label: "Edit", data: { choice: "edit" }, choose: () => phone.composer.edit(message) },
    message.text && !message.protected && { label: "Copy text", data: { choice: "copy" }, choose: () => copy(phone, message.text) },
    ...(message.protected ? [] : linksOf(message).flatMap((link) => linkChoices(phone, link))),
    own && { label: "Delete", data: { choice: "delete" }, choose: () => phone.remove(message.message_id) },
  ].filter(Boolean));
}

/** In a rehearsal one person plays everybody: a link can be carried to the phone beside. */
function linkChoices(phone, link) {
  const open = (other) => ({ label: `Open link on ${other.name}’s phone`, data: { choice: "hand-over" }, choose: () => other.followLink(link) });
  const address = `https://t.me/${link.bot}?start=${link.payload}`;
  return [{ label: "Copy link", data: { choice: "copy-link" }, choose: () => copy(phone, address) }, ...phone.neighbours().map(open)];
}

function phoneMenu(phone, place) {
  openMenu(place, [
    { label: "Block this bot", data: { choice: "block" }, choose: () => phone.block(true) },
    { label: "Unblock this bot", data: { choice: "unblock" }, choose: () => phone.block(false) },
  ]);
}

async function copy(phone, text) {
  try {
    await navigator.clipboard.writeText(text);
    phone.tell("Copied.");
  } catch {
    phone.tell("The browser does not let this page copy. Select the words and copy them by hand.");
  }
}
