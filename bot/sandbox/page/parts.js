/** Telegram takes 4096 characters in a message (source: the Bot API manual); a phone cuts longer texts itself. */

const LONGEST = 4096; // UTF-16 units, the stricter of the possible counts
const LOW_SURROGATE = /^[\uDC00-\uDFFF]/;

/** @returns {string[]} the text in messages that Telegram takes, cut at a line's or a word's end where there is one */
export function inParts(text) {
  const parts = [];
  let rest = text;
  while (rest.length > LONGEST) {
    const cut = endOfPart(rest);
    parts.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return [...parts, rest];
}

function endOfPart(text) {
  const start = text.slice(0, LONGEST);
  const blank = start.lastIndexOf("\n") > LONGEST / 2 ? start.lastIndexOf("\n") : start.lastIndexOf(" ");
  if (blank > LONGEST / 2) return blank;
  return LOW_SURROGATE.test(text.slice(LONGEST)) ? LONGEST - 1 : LONGEST;
}
