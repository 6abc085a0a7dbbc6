/** Files in a chat: what can be attached, and how what was sent is shown. */
import { element } from "./element.js";
import { icon } from "./icons.js";

/** The attach menu, in order. `accept` null: nothing has to be chosen from the disk. */
export const ATTACHABLE = [
  { kind: "photo", label: "Photo", accept: "image/*" },
  { kind: "document", label: "File", accept: "" },
  { kind: "voice", label: "Voice message", accept: "audio/*" },
  { kind: "video", label: "Video", accept: "video/*" },
  { kind: "audio", label: "Audio", accept: "audio/*" },
  { kind: "sticker", label: "Sticker", accept: "image/*" },
  { kind: "location", label: "Location", accept: null },
];
const LABELS = Object.fromEntries(ATTACHABLE.map(({ kind, label }) => [kind, label]));
const UNITS = ["B", "kB", "MB", "GB"];

/** @param {number} size in bytes */
export function readableSize(size) {
  const power = size > 0 ? Math.min(Math.floor(Math.log10(size) / 3), UNITS.length - 1) : 0;
  return `${(size / 1000 ** power).toFixed(power > 0 ? 1 : 0)} ${UNITS[power]}`;
}

/** A file as the chat shows it. Protected ones can be looked at, not kept. */
export function fileView(file, isProtected) {
  const url = ownAddress(file.url);
  const player = url && media(file, url);
  return player ?? fileRow(file, isProtected ? null : url);
}

/** Files come from the sandbox itself; any other address is not followed. */
function ownAddress(url) {
  const address = url ? new URL(url, location.href) : null;
  return address?.origin === location.origin ? address.href : null;
}

function media({ kind, mime = "", name }, url) {
  const label = name || LABELS[kind] || kind;
  if (kind === "photo" || (["sticker", "animation"].includes(kind) && mime?.startsWith("image/")))
    return element("img", { class: `picture ${kind}`, src: url, alt: label, draggable: "false" });
  if (["video", "video_note", "animation"].includes(kind))
    return element("video", { class: "picture", src: url, controls: true, controlslist: "nodownload", preload: "metadata", "aria-label": label });
  if (["voice", "audio"].includes(kind))
    return element("audio", { src: url, controls: true, controlslist: "nodownload", preload: "none", "aria-label": label });
  return null;
}

function fileRow({ kind, name, size }, url) {
  const words = element("span", { class: "file-words" },
    element("bdi", { class: "file-name" }, name || LABELS[kind] || kind),
    size > 0 ? element("small", {}, readableSize(size)) : null);
  return url
    ? element("a", { class: "file", href: url, download: name || true }, icon("file"), words)
    : element("span", { class: "file" }, icon("file"), words);
}
