/** What a phone looks like around its messages: its owner, a note, the tabs, the suggested answers. */
import { element } from "./element.js";
import { iconButton } from "./icons.js";
import { richText } from "./richtext.js";

/** Puts the parts of a phone together, from its owner's name down to the text box. */
export function phoneView({ tabs, chats, notice, keyboard, composer }, person) {
  return element("section", { class: "phone", "aria-label": `Phone of ${person.name}`, data: { phone: person.name.toLowerCase() } },
    owner(person),
    person.hint ? element("aside", { class: "hint", dir: "auto", "aria-label": "Note" }, ...richText(person.hint)) : null,
    tabs,
    element("div", { class: "chats" }, ...[...chats.values()].map((chat) => chat.element)),
    notice, keyboard, composer.element);
}

function owner({ name, role, language_code: language }) {
  const others = [role?.toLowerCase() === name.toLowerCase() ? null : role, language];
  return element("header", { class: "owner" },
    element("span", { class: "portrait", "aria-hidden": "true" }, [...name][0] ?? ""),
    element("h2", { dir: "auto" }, name),
    element("span", { class: "detail" }, others.filter(Boolean).join(" · ")),
    iconButton("more", "Phone menu", { "aria-haspopup": "menu", data: { action: "phone-menu" } }));
}

/** The tab of one bot's chat. */
export function tab(bot) {
  return element("button", { type: "button", role: "tab", dir: "auto", title: `@${bot.username}`, data: { tab: bot.username } },
    bot.name || bot.username);
}

/** The rows of a reply keyboard; its buttons say their own words. */
export function keyRows(rows) {
  return rows.map((row) => element("div", { class: "row" },
    ...row.map((text) => element("button", { type: "button", dir: "auto", data: { say: text } }, text))));
}
