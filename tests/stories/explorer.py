"""The systematic walk: from every screen that a reporter can reach, every visible button once, and words typed.

Breadth first. A screen is known by the text that it begins with and by its buttons. Each way that leads on from it is
gone by a phone of its own, all at the same time: by one that stands there already, or by a new one that goes the whole
way.
The buttons of older messages are pressed too, and of many alike each one, unless told otherwise.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.languages import LANGUAGES
from bot.sandbox import Button, ChatMessage, Phone
from tests.stories.reader import reader
from tests.stories.rehearsal import BOT, Rehearsal, buttons
from tests.stories.witness import Witness

WORDS = "words of the explorer"
_CLOCK = re.compile(r"\d\d:\d\d")

Deed = tuple[int, int, str] | str
"""A press (how many messages with buttons stand below, which button, and its label), or words to be typed.

A label that says what time it is says something else a minute later, and counts as the same.
"""
Way = tuple[Deed, ...]
Screen = tuple[str, ...]


class Standing(NamedTuple):
    """A phone, and all that was done on it since Start."""

    phone: Phone
    way: Way


@dataclass
class Explorer:
    """`ways` leads to each screen that was found; `pressed` counts the ways that were gone on from them.

    Every language is pressed; only one is explored further, and each screen must be readable by who reads only that.
    """

    rehearsal: Rehearsal
    witness: Witness
    language: str
    ways: dict[Screen, Way] = field(default_factory=dict)
    pressed: int = 0
    dead_ends: list[str] = field(default_factory=list)

    async def explore(self) -> None:
        """Until nothing new is found."""
        arrived = await self._send_out([()])
        while fresh := self._new_screens(arrived):
            arrived = await self._go_on(fresh)

    def _new_screens(self, arrived: Sequence[Standing]) -> list[list[Standing]]:
        """Those who stand before a screen that nobody has seen, together."""
        groups: dict[Screen, list[Standing]] = {}
        for each in arrived:
            self._note_dead_end(each.phone)
            if any(map(self._is_other_language, each.way)):
                continue
            if (screen := self._read(each.phone)) not in self.ways:
                groups.setdefault(screen, []).append(each)
        self.ways |= {screen: group[0].way for screen, group in groups.items()}
        return list(groups.values())

    async def _go_on(self, groups: Sequence[Sequence[Standing]]) -> list[Standing]:
        """Every way on from these screens, each by one of those who stand there, or by somebody who is sent there."""
        ready = [
            pair for group in groups for pair in zip(self._there(group), self._deeds(group[0].phone), strict=False)
        ]
        lacking = [
            (group[0].way, deed) for group in groups for deed in self._deeds(group[0].phone)[len(self._there(group)) :]
        ]
        sent = await self._send_out([way for way, _ in lacking])
        going = ready + [(each, deed) for each, (_, deed) in zip(sent, lacking, strict=True)]
        self.pressed += len(going)
        await self._together([(each.phone, deed) for each, deed in going])
        return [Standing(each.phone, (*each.way, deed)) for each, deed in going]

    async def _send_out(self, ways: Sequence[Way]) -> list[Standing]:
        sent = [Standing(self.rehearsal.phone("Explorer"), way) for way in ways]
        await asyncio.gather(*(each.phone.start(BOT) for each in sent))
        await self.rehearsal.quiet()
        for step in range(len(ways[0]) if ways else 0):
            await self._together([(each.phone, each.way[step]) for each in sent])
        return sent

    async def _together(self, deeds: Sequence[tuple[Phone, Deed]]) -> None:
        self.witness.look_away()
        await asyncio.gather(*(_do(phone, deed) for phone, deed in deeds))
        await self.rehearsal.quiet()
        self.witness.judge([phone.id for phone, _ in deeds])

    def _there(self, group: Sequence[Standing]) -> list[Standing]:
        """Those who can do exactly what the first can."""
        return [each for each in group if self._deeds(each.phone) == self._deeds(group[0].phone)]

    def _deeds(self, phone: Phone) -> list[Deed]:
        shown = _with_buttons(phone)
        return [WORDS, *(press for depth, message in enumerate(shown) for press in _presses(depth, message))]

    def _is_other_language(self, deed: Deed) -> bool:
        others = {each.name for each in LANGUAGES if each.code != self.language}
        return not isinstance(deed, str) and deed[2] in others

    def _read(self, phone: Phone) -> Screen:
        """What it is called, by somebody who reads one language. Raises Unread."""
        shown = _newest(phone)
        reader(self.language).check_buttons(shown)
        head, verbs = reader(self.language).ids(shown)[0], set(map(_verb, buttons(shown)))
        return (head, *sorted(verbs))

    def _note_dead_end(self, phone: Phone) -> None:
        shown = _newest(phone)
        if not shown.buttons and "/" not in shown.text:
            self.dead_ends.append(shown.text)


def _newest(phone: Phone) -> ChatMessage:
    return next(message for message in reversed(phone.chat(BOT)) if message.from_bot)


def _with_buttons(phone: Phone) -> list[ChatMessage]:
    return [message for message in reversed(phone.chat(BOT)) if message.buttons]


def _presses(depth: int, shown: ChatMessage) -> list[Deed]:
    return [(depth, which, _CLOCK.sub("…", each.text)) for which, each in enumerate(buttons(shown))]


def _verb(button: Button) -> str:
    return (button.data or "").partition(":")[0]


async def _do(phone: Phone, deed: Deed) -> None:
    if isinstance(deed, str):
        await phone.say(deed)
    else:
        depth, which, _ = deed
        shown = _with_buttons(phone)[depth]
        await phone.press(buttons(shown)[which].data or "", shown.message_id)
