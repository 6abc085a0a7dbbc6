"""Texts and the spans in them."""

from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.spans import bot_commands, parse_html, trimmed, utf16_length

WORDS = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


def covered(text: str, offset: int, length: int) -> str:
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


@given(before=st.text(" \n\t"), word=WORDS.filter(lambda w: w.strip()), after=st.text(" \n"))
def test_trimming_keeps_every_span_on_its_words(before: str, word: str, after: str) -> None:
    text = before + word + after
    span = {"type": "bold", "offset": utf16_length(before), "length": utf16_length(word)}
    kept, (moved,) = trimmed(text, [span])
    assert kept == text.strip()
    assert covered(kept, moved["offset"], moved["length"]) == word.strip()


@given(before=WORDS, word=WORDS.filter(bool), after=WORDS)
def test_html_spans_cover_the_words_between_the_tags(before: str, word: str, after: str) -> None:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\0", "").replace("\r", "")

    text, entities = parse_html(f"{escaped(before)}<i>{escaped(word)}</i>{escaped(after)}")
    plain = word.replace("\0", "").replace("\r", "")
    assert [covered(text, e["offset"], e["length"]) for e in entities] == ([plain] if plain else [])


def test_commands_are_marked_where_telegram_marks_them() -> None:
    assert [(e["offset"], e["length"]) for e in bot_commands("🏠 /claim KITE and/or /close@panah_bot")] == [
        (3, 6),
        (22, 16),
    ]
    assert bot_commands("either/or") == []
