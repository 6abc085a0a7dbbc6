"""A report's whole life, told once with words that can be looked for, and all that an intruder finds meanwhile."""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.sandbox import Phone
from bot.sandbox.faults import Faults
from handlers.model import Address, File
from storage.audit import Report
from storage.blobs import Blobs, Stored
from tests.seized import Opened, Told, seized
from tests.stories.rehearsal import BOT, Rehearsal

STORY = "canary-story: they stood by the bridge"
LATER = "canary-later: they came back"
REPLY = "canary-reply: go to your friends"
NOTE = "canary-note: call the lawyer"
ADVISORY = "canary-advisory: tell nobody your codes"
SAFE_WORD = "canary-safe-word"
FILE_NAME, CONTENT = "canary-file-name.pdf", b"canary-content " * 999
REPORTER, STRANGER = "Canary Reporter", "Canary Stranger"
GONE_STORY, GONE_CONTENT = "canary-gone: forget that I was here", b"canary-gone-content " * 999
OF_A_REPORT = (
    ("cases", "header"),
    ("cases", "public"),
    ("parts", "body"),
    ("grants", "body"),
    ("secrets", "hash"),
)
"""Where a report leaves something, beside its chat. The audit chain's lines, which name only an id, stay."""
DAYS = (7, 76, 6, 2)
"""From closing to the cut of the address, to both warnings, and past the end: the 91st day."""
SLOWLY = Faults(latency_ms=120, methods=["sendMessage", "deleteMessages"])
"""While a passphrase is on its way, so that nobody can be too late to look."""


@dataclass
class Found:
    """What lay on the disk at one moment: every file's bytes, and every sealed value with layer 1 taken off."""

    files: dict[str, bytes]
    opened: list[Opened]

    def holds(self, needle: bytes) -> list[str]:
        """Where these bytes stand."""
        values = [f"{value.column} {value.row}" for value in self.opened if needle in value.plain]
        return [*values, *self.lies(needle)]

    def lies(self, needle: bytes) -> list[str]:
        """The files that these bytes stand in."""
        return [name for name, content in self.files.items() if needle in content]


@dataclass
class Lifetime:
    """Everything that was seen. `erased`, `purged`: what had been stored of the report that was erased, and of the one
    whose time was over.
    """

    within_a_day: Found
    erased_everything: Found
    after_a_day: Found
    joining: list[Found]
    passphrases: list[str]
    reporter: int
    stranger: int
    code: str
    told: Told
    content: bytes
    erased: set[bytes]
    purged: set[bytes]
    after_its_time: Found
    audited: Report
    indexes: dict[str, bytes]
    log: str = ""


def forms(canary: str | bytes) -> Iterator[bytes]:
    """The ways in which a text may stand in a file."""
    raw = canary.encode() if isinstance(canary, str) else canary
    yield raw
    yield from (raw.decode().encode(utf) for utf in ("utf-16-le", "utf-16-be"))
    yield raw.hex().encode()
    for shift in range(3):  # base64 of the text wherever it begins within three bytes; the ends depend on neighbours
        yield base64.b64encode(b"\0" * shift + raw)[4 : len(raw) // 3 * 4]


class Telling:
    """Tells the story and looks at the disk in between."""

    def __init__(self, play: Rehearsal, folders: tuple[Path, ...]) -> None:
        self._play, self._folders = play, folders
        self._url = play.app.settings.database
        self._admin, self._responder = play.phone("Amina"), play.phone("Falcon")
        self._reporter, self._stranger = play.phone(REPORTER), play.phone(STRANGER)

    async def all(self) -> Lifetime:
        """Joining, reporting, working, advising; somebody else erases everything; a day, and the case's time."""
        joining, passphrases = await self._joined()
        of_the_desk = await self._stored()
        await self._report(self._reporter, STORY, CONTENT)
        code = (await self._reporter.wait_for_text("Your code: ")).text.split(": ")[1].split("\n")[0]
        await self._work()
        await self._advise()
        within_a_day = await self._look()
        erased = await self._erased()
        erased_everything = await self._look()
        self._play.watch.advance(timedelta(hours=25))
        await self._play.app.janitor.round()
        after_a_day = await self._look()
        told, content = await self._unlocked(passphrases[-1])
        purged = await self._purged(passphrases[-1]) - of_the_desk
        after_its_time = await self._look()
        async with seized(self._play.app.settings.state_dir, self._url) as opened:
            audited = await opened.audited()
        return Lifetime(
            within_a_day=within_a_day,
            erased_everything=erased_everything,
            after_a_day=after_a_day,
            joining=joining,
            passphrases=passphrases,
            reporter=self._reporter.id,
            stranger=self._stranger.id,
            code=code,
            told=told,
            content=content,
            erased=erased,
            purged=purged,
            after_its_time=after_its_time,
            audited=audited,
            indexes={REPORTER: self._index(self._reporter), STRANGER: self._index(self._stranger)},
        )

    async def _joined(self) -> tuple[list[Found], list[str]]:
        """Both of the team join, lock and unlock, while somebody who holds ROOT and ring looks all the time."""
        seen: list[Found] = []
        self._play.sandbox.faults = SLOWLY
        looking = asyncio.create_task(self._look_all_the_time(seen))
        first = await self._play.enrol(self._admin, self._play.secret)
        second = await self._play.enrol(self._responder, await self._play.invite(self._admin, "admin"), self._admin)
        for said in ("/lock", "/unlock", second):
            await self._play.say(self._responder, said)
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        self._play.sandbox.faults = Faults()
        return seen, [first, second]

    async def _look_all_the_time(self, seen: list[Found]) -> None:
        while True:
            seen.append(await self._look(self._folders[0]))
            await asyncio.sleep(0.05)

    async def _look(self, *folders: Path) -> Found:
        """As somebody who copies the disk of the running server, and holds ROOT and ring."""
        paths = [path for folder in folders or self._folders for path in folder.rglob("*") if path.is_file()]
        files = {str(path): path.read_bytes() for path in paths}
        async with seized(self._play.app.settings.state_dir, self._url) as opened:
            return Found(files, await opened.layer_one())

    async def _report(self, phone: Phone, story: str, content: bytes) -> None:
        await phone.start(BOT)
        await self._play.quiet()
        for verb, arg in (("lang", "en"), ("agree", ""), ("a", "not_now"), ("a", "threat"), ("a", "week"), ("a", "UZ")):
            await self._play.press(phone, verb, arg)
        await self._play.press(phone, "done")
        await self._play.press(phone, "a", "DE")
        await self._play.say(phone, story)
        await phone.attach("document", content, name=FILE_NAME, mime="application/pdf")
        await self._play.quiet()
        await self._play.press(phone, "done")
        await self._play.press(phone, "send")

    async def _work(self) -> None:
        """The responder claims, reads, opens the file, answers and notes; the reporter adds something."""
        for verb in ("claim", "open", "file", "reply"):
            await self._play.press(self._responder, verb)
        await self._play.say(self._responder, REPLY)
        await self._play.press(self._responder, "relay")
        await self._play.press(self._responder, "note")
        await self._play.say(self._responder, NOTE)
        await self._play.press(self._reporter, "add")
        await self._play.say(self._reporter, LATER)

    async def _advise(self) -> None:
        await self._play.say(self._reporter, "/help")
        await self._play.press(self._reporter, "safe")
        await self._play.say(self._reporter, SAFE_WORD)
        await self._play.say(self._reporter, "/subscribe")
        for _ in range(3):
            await self._play.press(self._reporter, "skip")
        await self._play.say(self._admin, "/advise")
        await self._play.press(self._admin, "advlang", "en")
        await self._play.say(self._admin, ADVISORY)
        await self._play.press(self._admin, "preview")
        await self._play.press(self._admin, "advsend")
        await self._play.press(self._responder, "advyes")
        await self._reporter.wait_for_text(f"◆ {SAFE_WORD}\nSafety advisory 1")
        await self._play.quiet()

    async def _erased(self) -> set[bytes]:
        """Somebody else reports and erases everything, and the log is emptied; what had been stored of it."""
        before = await self._stored()
        await self._report(self._stranger, GONE_STORY, GONE_CONTENT)
        stored = await self._stored() - before
        await self._play.say(self._stranger, "/erase")
        await self._play.press(self._stranger, "erased")
        await self._play.app.database.retention.checkpoint()
        return stored

    async def _purged(self, passphrase: str) -> set[bytes]:
        """The case that is left is read and closed, and its days pass; what had been stored of it."""
        await self._play.unlock(self._responder, passphrase)
        for said in ("/case", "/close"):
            await self._play.say(self._responder, said)
        stored = await self._stored()
        await self._play.press(self._responder, "outcome", "helped")
        stored |= await self._stored()
        for days in DAYS:
            self._play.watch.advance(timedelta(days=days))
            await self._play.app.janitor.round()
            await self._play.quiet()
            stored |= await self._stored()
        await self._play.app.database.retention.checkpoint()
        return stored

    async def _stored(self) -> set[bytes]:
        """Every sealed value of cases and of the stranger's chat, and every attachment, as it lies on the disk."""
        chat = self._index(self._stranger)
        async with seized(self._play.app.settings.state_dir, self._url) as opened:
            values = {getattr(row, column) for table, column in OF_A_REPORT for row in await opened.rows(table)}
            values |= {row.body for row in await opened.rows("conversations") if row.chat == chat}
        return values | {path.read_bytes() for path in self._blobs.iterdir()}

    @property
    def _blobs(self) -> Path:
        return self._play.app.settings.state_dir / "blobs"

    async def _unlocked(self, passphrase: str) -> tuple[Told, bytes]:
        """The one case that is left, and the content of its file, with a responder's passphrase."""
        async with seized(self._play.app.settings.state_dir, self._url) as opened:
            (told,) = (await opened.unlocked(passphrase)).values()
        (file,) = (body.file for body in told.of(File))
        stored = Stored(file.blob, file.key, file.size, file.digest)
        return told, b"".join([piece async for piece in Blobs(self._blobs).read(stored)])

    def _index(self, phone: Phone) -> bytes:
        """Under what the ring finds this address again."""
        return self._play.app.database._scribe.chat(Address(f"telegram:{phone.id}"))
