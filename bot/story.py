"""The story, played by itself: from an empty desk to a report that was answered, closed and erased.

Every step waits for what its person would see; what doesn't come in time fails the story by name.
"""

from collections.abc import Sequence

import typer

from bot.sandbox import Button, ChatMessage, Phone, PhoneError

PATIENCE = 60.0
"""Seconds for one answer: making a key takes one or two."""

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000"
    "0500017a5eab3f0000000049454e44ae426082"
)
"""A picture of one pixel, to be sent."""


class Teller:
    """One person of the story: presses, types, waits, and prints what is new in the chat."""

    def __init__(self, phone: Phone, name: str, bot: str) -> None:
        self.phone, self.name, self._bot = phone, name, bot
        self._printed: set[tuple[int, str]] = set()
        self._pressed = ""

    async def start(self, payload: str = "") -> None:
        await self.phone.start(self._bot, payload)

    async def say(self, text: str) -> None:
        await self.phone.say(text)

    async def press(self, verb: str, arg: str = "", label: str = "") -> None:
        """Press the newest button of a verb, as soon as it is there; of several the one with this on it."""
        message, button = await self._button(verb, arg, label)
        self.show()
        typer.echo(f"  {self.name:>9} ▸ [{button.text}]")
        self._pressed = button.data or ""
        await self.phone.press(self._pressed, message=message.message_id)

    async def skip_to(self, fragment: str) -> None:
        """Skip questions until the one that has this fragment."""
        while True:
            message, _ = await self._button("skip", "")
            if fragment in message.text:
                return
            await self.press("skip")

    async def sees(self, *fragments: str) -> ChatMessage:
        """Wait for a message of the bot that has all these fragments."""

        def found(chat: list[ChatMessage]) -> ChatMessage | None:
            hits = (each for each in reversed(chat) if each.from_bot and all(part in each.text for part in fragments))
            return next(hits, None)

        message: ChatMessage = await self.phone.wait_for(found, timeout=PATIENCE)
        self.show()
        return message

    async def receives(self, kind: str) -> None:
        """Wait for a file of the bot."""
        await self.phone.wait_for(
            lambda chat: any(each.from_bot and each.file and each.file.kind == kind for each in chat), timeout=PATIENCE
        )

    async def gone(self, fragment: str) -> None:
        """Wait until nothing in the chat has this fragment any more."""
        await self.phone.wait_for(lambda chat: not any(fragment in each.text for each in chat), timeout=PATIENCE)

    def show(self) -> None:
        """Print what is new, the person's own words included."""
        for message in self.phone.chat(self._bot):
            seen = (message.message_id, message.text)
            if seen not in self._printed:
                self._printed.add(seen)
                _print(self.name if not message.from_bot else "bot", self.name, message)

    async def _button(self, verb: str, arg: str, label: str = "") -> tuple[ChatMessage, Button]:
        start = f"{verb}:{arg}"

        def found(chat: list[ChatMessage]) -> tuple[ChatMessage, Button] | None:
            keys = ((each, key) for each in reversed(chat) for key in _keys(each) if _fits(key, start, label))
            newest = next(keys, None)
            return newest if newest and newest[1].data != self._pressed else None

        return await self.phone.wait_for(found, timeout=PATIENCE)


def _keys(message: ChatMessage) -> Sequence[Button]:
    return [button for row in message.buttons for button in row]


def _fits(button: Button, start: str, label: str) -> bool:
    return (button.data or "").startswith(start) and label in button.text


def _print(who: str, whose: str, message: ChatMessage) -> None:
    head = f"  {whose:>9} │ {'' if who == 'bot' else '▸ '}"
    text = message.text or (f"({message.file.kind})" if message.file else "")
    for line in text.splitlines() or [""]:
        typer.echo(f"{head}{line}")
        head = f"  {'':>9} │ "
    for row in message.buttons:
        typer.echo(f"  {'':>9} │ " + " ".join(f"[{button.text}]" for button in row))


class Story:
    """Three people and an invitation."""

    def __init__(self, reporter: Phone, responder: Phone, admin: Phone, invitation: str, bot: str) -> None:
        self._reporter = Teller(reporter, "reporter", bot)
        self._responder = Teller(responder, "responder", bot)
        self._admin = Teller(admin, "admin", bot)
        self._invitation = invitation

    async def play(self) -> int:
        """All chapters in order: 0, or 1 when one fails."""
        chapters = (
            ("An admin opens the desk", self._founding),
            ("A responder is invited and approved", self._joining),
            ("Somebody reports, in Russian", self._reporting),
            ("The responder claims, reads and answers", self._answering),
            ("The reporter answers back; the case is closed", self._closing),
            ("An advisory goes out", self._advising),
            ("The reporter erases everything", self._erasing),
        )
        for title, chapter in chapters:
            typer.echo(f"\n=== {title}\n")
            try:
                await chapter()
            except (PhoneError, TimeoutError, AssertionError) as error:
                typer.echo(f"\nThis step failed: {title}\n{error}", err=True)
                return 1
        typer.echo("\nThe story is told: every step was seen.")
        return 0

    async def _founding(self) -> None:
        await self._admin.start(self._invitation)
        await self._enrol(self._admin, "The desk is open")

    async def _enrol(self, person: Teller, then: str) -> None:
        await person.press("lang", "en")
        shown = await person.sees("shown only now")
        passphrase = shown.text.split("\n")[1]
        await person.press("noted")
        await person.gone(passphrase)
        await person.sees(then)
        if person is self._responder:
            await self._admin.press("approve")
            await person.sees("You are approved")
        await person.say("/unlock")
        await person.sees("Send your passphrase")
        await person.say(passphrase)
        await person.gone(passphrase)
        await person.sees("Your keys are open")

    async def _joining(self) -> None:
        await self._admin.say("/invite responder Falcon")
        invited = await self._admin.sees("Falcon", "?start=")
        await self._responder.start(invited.text.split("?start=")[1].split()[0])
        await self._enrol(self._responder, "An admin must approve you")

    async def _reporting(self) -> None:
        person = self._reporter
        await person.start()
        await person.press("lang", "ru")
        await person.press("agree")
        await person.press("a", "not_now")
        await person.press("a", "threat")
        await person.press("a", "death")
        await person.press("done")
        await person.skip_to("Когда")
        await person.press("a", "week")
        await person.press("a", "UZ")
        await person.press("done")
        await person.say("Германия")
        await person.sees("О ком идёт речь")
        await person.skip_to("Нужно ли скрыть")
        await person.press("skip")
        await person.press("a", "yes")
        await person.sees("анонимной статистике")
        await person.press("skip")
        await person.sees("Расскажите")
        await person.say("Мне звонят и говорят, что знают, где я живу.")
        await person.sees("Сохранено")
        await person.phone.attach("photo", PNG, name="call.png", mime="image/png")
        await person.sees("Файл запечатан")
        await person.press("done")
        await person.press("change")
        await person.press("redo", "when")
        await person.press("a", "day")
        await person.press("send")
        await person.sees("Ваш код")

    async def _answering(self) -> None:
        await self._responder.press("claim")
        await self._reporter.sees("взял Ваше обращение")
        await self._responder.press("open")
        await self._responder.sees("знают, где я живу")
        await self._responder.press("file")
        await self._responder.sees("A copy without hidden data")
        await self._responder.receives("photo")
        await self._responder.press("reply")
        await self._responder.say("Здравствуйте. Вы сейчас в безопасном месте?")
        await self._responder.press("relay")
        await self._reporter.sees("Вы сейчас в безопасном месте?")

    async def _closing(self) -> None:
        await self._reporter.press("add")
        await self._reporter.sees("Напишите, что хотите добавить")
        await self._reporter.say("Да, у друзей. Спасибо.")
        await self._responder.sees("New message on")
        await self._responder.press("open")
        await self._responder.sees("Да, у друзей")
        await self._responder.press("close")
        await self._responder.press("outcome", "helped")
        await self._responder.sees("is closed")
        await self._reporter.sees("Ваше обращение закрыто")

    async def _advising(self) -> None:
        await self._reporter.say("/subscribe")
        await self._reporter.sees("сейчас живёте")
        await self._reporter.press("a", "DE")
        await self._reporter.sees("Какое государство Вы покинули")
        await self._reporter.press("skip")
        await self._reporter.sees("О чём Вас предупреждать")
        await self._reporter.press("skip")
        await self._reporter.sees("предупреждения о безопасности")
        await self._promoted()
        await self._admin.say("/advise")
        await self._admin.press("advlang", "ru")
        await self._admin.sees("Send the text")
        await self._admin.say("Не называйте никому коды из SMS.")
        await self._admin.press("preview")
        await self._admin.press("advsend")
        await self._responder.sees("may it go out?")
        await self._responder.press("advyes")
        await self._reporter.sees("Не называйте никому коды")
        await self._admin.sees("is finished")

    async def _promoted(self) -> None:
        """An advisory needs two admins."""
        await self._admin.say("/team")
        await self._admin.press("member", label="Falcon")
        await self._admin.press("promote")
        await self._admin.press("promote.yes")
        await self._admin.sees("was made an admin")

    async def _erasing(self) -> None:
        await self._reporter.say("/erase")
        await self._reporter.press("erased")
        await self._reporter.gone("знают, где я живу")
        await self._reporter.sees("Всё удалено")
