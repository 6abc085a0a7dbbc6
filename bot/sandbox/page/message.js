/** One message as a bubble. Pure: a message in, an element out; the chat listens for what is clicked in it. */
import { element } from "./element.js";
import { fileView } from "./files.js";
import { icon, iconButton } from "./icons.js";
import { richText } from "./richtext.js";

/**
 * @param message as in GET /world/phones/{id}/chats
 * @param quoted the message that it replies to; undefined when that one is gone
 */
export function messageView(message, quoted) {
  return element("article",
    {
      class: "message", "aria-label": message.from === "me" ? "Sent" : "Received",
      data: {
        messageId: message.message_id, from: message.from,
        ...(message.edited && { edited: "" }), ...(message.protected && { protected: "" }),
      },
    },
    bubble(message, quoted),
    message.buttons?.length ? buttonRows(message.buttons) : null);
}

/** What stands for a message where there is room for one line. */
export function summary(message) {
  return message.text || message.file?.name || message.file?.kind || "Message";
}

function bubble(message, quoted) {
  return element("div", { class: "bubble" },
    message.reply_to ? element("div", { class: "quote", dir: "auto" }, quoted ? summary(quoted) : "Deleted message") : null,
    message.file ? fileView(message.file, message.protected) : null,
    message.text ? element("div", { class: "text", dir: "auto" }, ...richText(message.text, message.entities)) : null,
    footer(message),
    iconButton("more", "Message menu", { class: "icon-button message-menu", "aria-haspopup": "menu", data: { action: "menu" } }));
}

function footer(message) {
  const sent = new Date(message.date * 1000);
  return element("footer", {},
    message.protected
      ? element("span", { class: "lock", role: "img", "aria-label": "Protected content", title: "Protected: not to be copied or forwarded" }, icon("lock"))
      : null,
    message.edited ? element("span", { class: "edited" }, "edited") : null,
    element("time", { datetime: sent.toISOString(), title: sent.toLocaleString() }, clock(sent)));
}

function clock(date) {
  return date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function buttonRows(rows) {
  return element("div", { class: "buttons", role: "group", "aria-label": "Answers" },
    ...rows.map((row) => element("div", { class: "row" }, ...row.map(inlineButton))));
}

function inlineButton({ text, data, url }) {
  return element("button", { type: "button", dir: "auto", data: url ? { url } : { data: data ?? "" } }, text);
}
