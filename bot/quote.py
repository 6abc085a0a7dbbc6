"""Somebody's own words, made safe to stand among ours.

They are shown to the letter, but for invisible characters that act: control characters, lone surrogates, and marks that
reorder what stands around them. Right-to-left text is isolated, so that it turns itself and not our sentence.
"""

import re

FSI, PDI = "\u2068", "\u2069"

# Breaks of every kind become one newline. Embeddings, overrides and isolates (Unicode Annex 9) would leak; the byte
# order mark and the rest of the control characters show nothing.
_BREAKS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_ACTING = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]")
# Strong right-to-left blocks, assigned or reserved (DerivedBidiClass.txt), and the three marks.
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200e\u200f\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def quote(text: str) -> str:
    """The text without what acts. Each line that can turn is isolated by itself: an isolate ends with its line."""
    if text.isascii() and text.isprintable():
        return text
    plain = _ACTING.sub("", _BREAKS.sub("\n", text))
    return "\n".join(map(_isolate, plain.split("\n"))) if _RIGHT_TO_LEFT.search(plain) else plain


def _isolate(line: str) -> str:
    return f"{FSI}{line}{PDI}" if _RIGHT_TO_LEFT.search(line) else line
