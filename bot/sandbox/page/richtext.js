/**
 * Text with Telegram's entities, as nodes.
 *
 * Entity offsets count UTF-16 units, as JavaScript strings do. Only start links (`t.me/<bot>?start=…`) and commands
 * can be followed. Both act inside the phone and carry no address, so no click can make the browser leave the page.
 */
import { element } from "./element.js";

const START_LINK = /(?:https?:\/\/)?\bt\.me\/([A-Za-z]\w{3,31})\?start=([\w-]{1,64})(?![\w-])/g;
const TAGS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote",
};

/** Every start link in `text`, in order: `[{at, words, bot, payload}]`. */
export function startLinks(text) {
  return [...text.matchAll(START_LINK)].map((match) => ({ at: match.index, words: match[0], bot: match[1], payload: match[2] }));
}

/** Every start link of a message, those behind a `text_link` entity included. */
export function linksOf(message) {
  const hidden = (message.entities ?? []).filter((entity) => entity.url).map((entity) => entity.url);
  return [message.text ?? "", ...hidden].flatMap(startLinks);
}

/** @returns {Node[]} `text` with its entities dressed and its start links ready to click */
export function richText(text, entities = []) {
  const outermostFirst = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return dressRange(text, outermostFirst, 0, text.length);
}

/** Entities nest; one that only overlaps its neighbour is cut at the neighbour's end. */
function dressRange(text, entities, from, to) {
  const nodes = [];
  const waiting = [...entities];
  let at = from;
  while (waiting.length > 0) {
    const entity = waiting.shift();
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (end <= start) continue;
    const next = waiting.findIndex((later) => later.offset >= end);
    const inner = waiting.splice(0, next < 0 ? waiting.length : next);
    nodes.push(...plain(text.slice(at, start)), dressed(entity, text.slice(start, end), dressRange(text, inner, start, end)));
    at = end;
  }
  return [...nodes, ...plain(text.slice(at, to))];
}

function dressed(entity, words, children) {
  if (entity.type === "text_link") return hiddenLink(entity.url, words, children);
  if (entity.type === "bot_command") return action({ command: words }, words);
  if (entity.type === "spoiler") return element("span", { class: "spoiler", tabindex: "0" }, ...children);
  return element(TAGS[entity.type] ?? "span", {}, ...children);
}

/** Other addresses than start links stay words; hovering shows where they would have led. */
function hiddenLink(url, words, children) {
  const [link] = startLinks(url);
  return link ? startAction(link, words) : element("span", { title: url }, ...children);
}

function plain(text) {
  const nodes = [];
  let at = 0;
  for (const link of startLinks(text)) {
    nodes.push(text.slice(at, link.at), startAction(link, link.words));
    at = link.at + link.words.length;
  }
  return [...nodes, text.slice(at)].filter((part) => part !== "");
}

function startAction(link, words) {
  return action({ startBot: link.bot, startPayload: link.payload }, words);
}

/** Not a <button>: its words must wrap and be selectable like the text around it. The phone listens for it. */
function action(data, words) {
  return element("span", { class: "link", role: "link", tabindex: "0", data }, words);
}
