"""Texts and the spans in them: UTF-16 lengths, commands, checked entities and a little HTML."""

import re
from html.parser import HTMLParser
from typing import Any

from bot.sandbox.refusals import bad_request

Entity = dict[str, Any]

COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![A-Za-z0-9_])")
ENTITY_TYPES = (
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bold",
    "italic",
    "underline",
    "strikethrough",
    "spoiler",
    "blockquote",
    "expandable_blockquote",
    "code",
    "pre",
    "text_link",
    "text_mention",
    "custom_emoji",
    "date_time",
)
TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
    "code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
}  # fmt: skip


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def bot_commands(text: str) -> list[Entity]:
    """The `bot_command` entities of a text that a person typed."""
    if "/" not in text:
        return []
    return [
        {"type": "bot_command", "offset": utf16_length(text[: found.start()]), "length": len(found.group())}
        for found in COMMAND.finditer(text)
    ]


def trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """The text without white space around it, as Telegram stores it, and the entities moved along."""
    stripped = text.strip()
    if len(stripped) == len(text) or not entities:
        return stripped, entities
    before = utf16_length(text) - utf16_length(text.lstrip())
    end = utf16_length(stripped)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - before, 0)
        stop = min(entity["offset"] + entity["length"] - before, end)
        if start < stop:
            moved.append({**entity, "offset": start, "length": stop - start})
    return stripped, moved


def checked_entities(text: str, entities: list[Any]) -> list[Entity]:
    """Entities of a known type within the text, in order.

    Raises:
        Refusal: an entity is no object, of no known type or beyond the text's end.
    """
    length = utf16_length(text)
    return sorted((_checked(entity, length) for entity in entities), key=lambda e: (e["offset"], -e["length"]))


def _checked(entity: Any, text_length: int) -> Entity:
    if not isinstance(entity, dict):
        raise bad_request("can't parse MessageEntity: expected an Object")
    offset, length, kind = entity.get("offset"), entity.get("length"), entity.get("type")
    if not isinstance(offset, int) or not isinstance(length, int):
        raise bad_request('can\'t parse MessageEntity: Field "offset" must be of type Number')
    if kind not in ENTITY_TYPES:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    if offset < 0 or length < 0 or offset + length > text_length:
        raise bad_request(
            f"entity beginning at UTF-16 offset {offset} ends after the end of the text"
            f" at UTF-16 offset {offset + length}"
        )
    return entity


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities of a `parse_mode=HTML` text.

    Raises:
        Refusal: a tag is unknown, never closed or closed without having been opened.
    """
    reader = _Reader(source)
    reader.feed(source)
    reader.close()
    if reader.open:
        raise bad_request(
            f"can't parse entities: Can't find end tag corresponding to start tag \"{reader.open[-1][0]}\""
        )
    return reader.text, reader.entities


class _Reader(HTMLParser):
    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.entities: list[Entity] = []
        self.open: list[tuple[str, Entity]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = TAGS.get(tag)
        if kind is None:
            raise bad_request(f'can\'t parse entities: Unsupported start tag "{tag}" at byte offset {self._byte()}')
        entity: Entity = {"type": kind, "offset": utf16_length(self.text), "length": 0}
        if kind == "text_link":
            entity["url"] = dict(attrs).get("href") or ""
        self.open.append((tag, entity))

    def handle_endtag(self, tag: str) -> None:
        if not self.open:
            raise bad_request(f"can't parse entities: Unexpected end tag at byte offset {self._byte()}")
        opened, entity = self.open.pop()
        if opened != tag:
            raise bad_request(
                f"can't parse entities: Unmatched end tag at byte offset {self._byte()},"
                f' expected "</{opened}>", found "</{tag}>"'
            )
        entity["length"] = utf16_length(self.text) - entity["offset"]
        if entity["length"]:
            self.entities.append(entity)

    def handle_data(self, data: str) -> None:
        self.text += data

    def _byte(self) -> int:
        line, column = self.getpos()
        lines = self.rawdata.splitlines(keepends=True)
        return len(("".join(lines[: line - 1]) + lines[line - 1][:column]).encode())
