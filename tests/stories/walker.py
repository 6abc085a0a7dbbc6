"""People who do anything at all, at random, and a witness who looks at every word that the bot answers.

Chance comes from a seed, the timing does not: the same seed does nearly the same. What went before is in `deeds`.
"""

import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.sandbox import ChatMessage, Phone
from handlers.menus import MENUS
from tests.stories.rehearsal import BOT, Rehearsal, buttons
from tests.stories.witness import Witness

COMMANDS = [*sorted({command for menu in MENUS.values() for command in menu}), "join", "x", "nonsense"]
ARGUMENTS = ("", "", "", "K7MPQR", "on", "off", "responder", "admin Falcon", "a b c", "{ref}", "{code}", "{used}")
FILES = ("photo", "document", "voice", "video", "audio", "animation", "video_note")
THINGS = ("sticker", "location", "contact", "poll", "dice")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
AN_HOUR_OR_SO = timedelta(minutes=61)


@dataclass
class Walker:
    """One person. `mark` stands in most of what they write; `passphrase` is a member's."""

    phone: Phone
    mark: str
    staff: bool = False
    passphrase: str = ""
    blocked: bool = False

    @property
    def chat(self) -> list[ChatMessage]:
        return self.phone.chat(BOT)


@dataclass
class Walk:
    """A party of walkers. Each step some of them do one thing each; then everybody waits until the bot is quiet."""

    rehearsal: Rehearsal
    walkers: list[Walker]
    witness: Witness
    chance: random.Random
    used: str
    deeds: list[str] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)

    async def step(self) -> None:
        """One burst, and the witness's verdict on it."""
        self.witness.look_away()
        acting = [walker for walker in self.walkers if self.chance.random() < 0.8]
        expecting = [walker.phone.id for walker in acting if await self._act(walker)]
        if self.chance.random() < 0.01:
            self.rehearsal.watch.advance(AN_HOUR_OR_SO)
            self.deeds.append("an hour passes")
        await self.rehearsal.quiet()
        self.witness.judge(expecting)

    async def _act(self, walker: Walker) -> bool:
        """Do one thing; whether an answer may be expected."""
        if walker.blocked:
            walker.phone.unblock(BOT)
            walker.blocked = False
            return False
        deed = self.chance.choices(*DEEDS)[0]
        told = await deed(self, walker)
        self.did[deed.__name__] += told is not None
        self.deeds.append(f"{walker.mark} {deed.__name__} {told}")
        return told is not None and deed in ANSWERED

    async def presses(self, walker: Walker) -> str | None:
        """A visible button that reaches the bot, as links do not: mostly one of the newest, sometimes an old one."""
        shown = [sent for message in walker.chat if (sent := _presses(message))]
        if not shown:
            return None
        presses = shown[-1] if self.chance.random() < 0.7 else self.chance.choice(shown)
        data, message = self.chance.choice(presses)
        await walker.phone.press(data, message)
        return data

    async def says(self, walker: Walker) -> str | None:
        text = self._words(walker)
        await walker.phone.say(text)
        return text[:40]

    async def replies(self, walker: Walker) -> str | None:
        ours = [message.message_id for message in walker.chat if message.from_bot]
        if not ours:
            return None
        await walker.phone.say(self._words(walker), reply_to=self.chance.choice(ours))
        return ""

    async def commands(self, walker: Walker) -> str | None:
        args = self.chance.choice(ARGUMENTS).format(
            ref=self._any(self.witness.refs), code=self._any(self.witness.codes), used=self.used
        )
        text = f"/{self.chance.choice(COMMANDS)} {args}".strip()
        await walker.phone.say(text)
        return text

    async def unlocks(self, walker: Walker) -> str | None:
        """A member with the right words; for a reporter they are just words."""
        await walker.phone.say(f"/unlock {walker.passphrase}")
        return ""

    async def attaches(self, walker: Walker) -> str | None:
        kind = self.chance.choice((*FILES, *FILES, *THINGS))
        data = self.chance.choice((PNG, PNG, b"", bytes(100_000)))
        caption = f"{walker.mark} caption" if kind in FILES and self.chance.random() < 0.3 else ""
        await walker.phone.attach(kind, data, f"{kind}.bin", caption=caption)
        return kind

    async def edits(self, walker: Walker) -> str | None:
        mine = [message.message_id for message in walker.chat if not message.from_bot and message.text]
        if not mine:
            return None
        await walker.phone.edit(self.chance.choice(mine), f"{walker.mark} edited")
        return ""

    async def deletes(self, walker: Walker) -> str | None:
        every = [message.message_id for message in walker.chat]
        if every:
            await walker.phone.delete(self.chance.choice(every))
        return ""

    async def blocks(self, walker: Walker) -> str | None:
        walker.phone.block(BOT)
        walker.blocked = True
        return ""

    def _words(self, walker: Walker) -> str:
        mark = walker.mark
        words = (
            f"{mark} they came at night",
            f"{mark} " + "x" * (4095 - len(mark)),
            f"{mark} \U0001f600\U0001f469‍\U0001f469‍\U0001f467 \u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
            f"{mark} <b>bold</b> *star* _line_ [a](b) {{walked}} &amp; {{",
            f"{mark}\nline\r\nline\u2028line",
            "5",
            "?",
            walker.passphrase or "one two three four five six",
            "one two three four five six seven eight",
            self._any(self.witness.codes) or "ok",
            self._any(self.witness.refs) or "ok",
            self.used,
            f"t.me/{BOT}?start={self.used}",
        )
        return self.chance.choice(words)

    def _any(self, seen: set[str]) -> str:
        return self.chance.choice(sorted(seen)) if seen else ""


def _presses(message: ChatMessage) -> list[tuple[str, int]]:
    """What each of its buttons sends, and from which message."""
    return [(button.data, message.message_id) for button in buttons(message) if button.data]


Deed = Callable[[Walk, Walker], Awaitable[str | None]]
_WEIGHTS: dict[Deed, float] = {
    Walk.presses: 10,
    Walk.says: 4,
    Walk.replies: 1,
    Walk.commands: 3,
    Walk.unlocks: 0.7,
    Walk.attaches: 1.5,
    Walk.edits: 0.7,
    Walk.deletes: 0.3,
    Walk.blocks: 0.1,
}
DEEDS = (tuple(_WEIGHTS), tuple(_WEIGHTS.values()))
ANSWERED = {Walk.presses, Walk.says, Walk.replies, Walk.commands, Walk.unlocks, Walk.attaches}
"""What anybody may expect an answer to. Edits are answered where they matter; Telegram tells of no deletion."""


async def party(rehearsal: Rehearsal, witness: Witness, seed: int) -> Walk:
    """An unlocked admin, an unlocked responder, and two reporters who have pressed Start."""
    admin, responder = (Walker(rehearsal.phone(name), mark, True) for name, mark in (("Ada", "ad"), ("Rex", "rx")))
    reporters = [Walker(rehearsal.phone(f"Zarinawalk{n}"), f"walker{n}words", False) for n in (1, 2)]
    admin.passphrase = await rehearsal.enrol(admin.phone, rehearsal.secret)
    invitation = await rehearsal.invite(admin.phone)
    responder.passphrase = await rehearsal.enrol(responder.phone, invitation, admin.phone)
    witness.meet([w.phone for w in (admin, responder)], {w.phone: w.mark for w in reporters}, admin.phone)
    for reporter in reporters:
        await reporter.phone.start(BOT)
    await rehearsal.quiet()
    return Walk(rehearsal, [admin, responder, *reporters], witness, random.Random(seed), invitation)
