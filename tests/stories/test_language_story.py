"""The way of somebody in danger, in each language, by a client that knows nothing but that language."""

import asyncio
from pathlib import Path

from bot.languages import LANGUAGES
from bot.sandbox import ChatMessage, Phone
from tests.short import SHIPPED
from tests.stories.reader import OWN_NAMES, reader
from tests.stories.rehearsal import BOT, Rehearsal, buttons, rehearsal

FORBIDDEN_TO_GUESS = "he"
"""What the messenger says that the phone speaks: none of ours."""
SENTENCE = "2026-11-23 !"


class Client:
    """A phone, and one who reads what is new on it."""

    def __init__(self, play: Rehearsal, code: str, name: str) -> None:
        self.phone: Phone = play.phone(f"Client {code}", FORBIDDEN_TO_GUESS)
        self.reader, self.name, self.taps = reader(code), name, 0
        self._play = play
        self._seen: list[ChatMessage] = []

    async def tap(self, label: str) -> list[str]:
        """Press what is called so; the first text of each new message."""
        self.taps += 1
        await self.phone.press(label)
        return await self.reads()

    async def types(self, text: str) -> list[str]:
        await self.phone.say(text, bot=BOT)
        return await self.reads()

    async def reads(self) -> list[str]:
        """Wait for silence; everything new must be in the reader's language, and lead to the picker."""
        await self._play.quiet()
        chat = self.phone.chat(BOT)
        fresh = [message for message in chat if message.from_bot and message not in self._seen]
        self._seen = chat
        for message in fresh:
            self.reader.check_buttons(message)
        return [self.reader.ids(message)[0] for message in fresh]

    def one_tap_from_the_picker(self) -> bool:
        """Whether another language can be chosen from the newest screen, or asked for."""
        newest = next(message for message in reversed(self.phone.chat(BOT)) if message.buttons)
        labels = {button.text for button in buttons(newest)}
        return labels >= OWN_NAMES or self.reader.label("button.language") in labels


async def in_danger(client: Client) -> None:
    """From Start to the code, as somebody who reads only what stands there."""
    say = client.reader.label
    assert await client.types("/start") == ["language.ask"]
    assert await client.tap(client.name) == ["intro.what"]
    assert client.one_tap_from_the_picker()
    assert await client.tap(say("button.agree")) == ["question.danger"]
    assert client.one_tap_from_the_picker()
    assert await client.tap(say("option.danger.now")) == ["guidance.danger", "question.words"]
    assert client.one_tap_from_the_picker()
    assert await client.types(SENTENCE) == ["words.ready"]
    assert client.one_tap_from_the_picker()
    sent = await client.tap(say("button.send.now"))
    assert sent[0] == "sent.done"
    assert "sent.code" in sent
    assert client.taps <= 4


async def test_given_danger_in_each_language_when_a_client_reads_only_that_then_four_taps_and_a_sentence_send_it(
    tmp_path: Path,
) -> None:
    async with rehearsal(tmp_path, program=SHIPPED) as play:
        await play.enrol(play.phone("Ada"), play.secret)
        await asyncio.gather(*(in_danger(Client(play, each.code, each.name)) for each in LANGUAGES))
