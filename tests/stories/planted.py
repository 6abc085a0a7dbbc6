"""A desk and its reports, put straight into storage: for tests that begin where a long story would have led.

What is sealed of a report holds words that can be looked for (`canary`); where one turns up, its report was read.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from bot import clock
from bot.program import load
from bot.sandbox import Phone, Sandbox
from bot.settings import FixedSettings
from handlers.model import (
    Address,
    BlobId,
    Case,
    CaseId,
    Contact,
    Conversation,
    Desk,
    Effect,
    Fact,
    File,
    FileKind,
    FoundPool,
    GrantPool,
    Level,
    Levelled,
    Linked,
    Member,
    MemberId,
    Note,
    OpenCase,
    Outcome,
    Part,
    PartId,
    Plan,
    PutMember,
    Reply,
    Role,
    Said,
    StoredFile,
    Story,
    Text,
    Token,
    Unsent,
    Wanted,
)
from storage.database import Database
from storage.house import House
from storage.keyring import Keyring
from storage.pairs import new_pair
from storage.passphrase import FLOOR
from storage.records import Arrival
from storage.sessions import Session, Sessions
from storage.vault import Vault
from tests.stories.rehearsal import BOT

CANARY = "canary-"
SAFE_WORD = f"{CANARY}safeword"


@dataclass
class Report:
    """A case as it is to stand in storage. `held` of it is filled in by whoever plants."""

    name: str
    case: Case
    contact: Address
    token: Token = field(default_factory=lambda: Token(clock.new_id()))
    file: PartId = field(default_factory=lambda: PartId(clock.new_id()))
    draft: PartId = field(default_factory=lambda: PartId(clock.new_id()))

    def parts(self) -> tuple[Part, ...]:
        """One of each kind that holds words, and where its reporter is reached. The file's content is lost."""
        helper = self.case.holder or MemberId("x" * 22)
        file = StoredFile(BlobId(secrets.token_hex(16)), bytes(32), FileKind.PHOTO, 9, bytes(32), self._canary("file"))
        bodies = (
            (self.file, "reporter", File(file)),
            ("", "reporter", Story({"when": ("day",)}, (self._canary("story"),))),
            ("", "reporter", Contact(self.contact, "en", self.token, SAFE_WORD)),
            ("", "reporter", Said(self._canary("said"))),
            ("", "reporter", Plan(self._canary("plan"))),
            ("", helper, Reply(self._canary("reply"))),
            ("", helper, Note(self._canary("note"))),
            ("", helper, Levelled(Level.P2, self.case.level, self._canary("reason"))),
            ("", helper, Linked(self._canary("linked"))),
            ("", helper, Fact("claim", self._canary("detail"))),
            (self.draft, helper, Unsent(self._canary("unsent"))),
        )
        began = self.case.created
        return tuple(
            Part(PartId(id or clock.new_id()), began + timedelta(milliseconds=number), author, body)
            for number, (id, author, body) in enumerate(bodies)
        )

    def _canary(self, what: str) -> str:
        return f"{CANARY}{what}-{self.name}"


def report(name: str, ref: str, contact: Address, **header: Any) -> Report:
    """A report with a canary of its own in all that is sealed of it."""
    now = clock.now() - timedelta(minutes=1)
    case = Case(
        CaseId(clock.new_id()), ref, Level.P2, (), "threat", ("TJ",), "DE", "en", "1", now, agreed=("reply_here",)
    )
    return Report(name, replace(case, **header), contact)


@dataclass
class Colleague:
    """A member, their phone and their key. `passphrase` is empty for whoever was given none."""

    phone: Phone
    member: Member
    passphrase: str = ""
    seed: bytes = b""

    @property
    def id(self) -> MemberId:
        return self.member.id

    @property
    def address(self) -> Address:
        return self.member.address

    def unlock(self, sessions: Sessions, now: datetime) -> None:
        """As after the right passphrase, without Argon2id."""
        sessions.lock(self.id)
        sessions._open[self.id] = Session(self.id, bytearray(self.seed), now)


class Planter:
    """Writes into a state folder in which nothing runs yet. Made by `planter`."""

    def __init__(self, sandbox: Sandbox, settings: FixedSettings) -> None:
        self._sandbox, self._settings = sandbox, settings
        self._ring = Keyring.open(settings.state_dir)
        self._vault = Vault(self._ring, FLOOR)
        self._marks = 0

    def phone(self, name: str) -> Phone:
        """Somebody who has pressed Start, of which the bot hears nothing."""
        phone = self._sandbox.phone(name)
        bot = self._sandbox.world.bot_named(BOT)
        assert bot is not None
        phone._last_bot, phone._chat(BOT).started = bot, True
        return phone

    def colleague(self, name: str, role: Role = Role.RESPONDER, passphrase: str = "", **more: Any) -> Colleague:
        """Somebody with a key of their own, and a passphrase if one is given: that takes a tenth of a second."""
        phone, pair, id = self.phone(name), new_pair(), MemberId(clock.new_id())
        wrap = self._vault.wrap(pair.seed, passphrase, id) if passphrase else b""
        member = Member(id, address_of(phone), role, name, active=True, public=pair.public, wrap=wrap)
        return Colleague(phone, replace(member, **more), passphrase, bytes(pair.seed))

    async def plant(
        self, founder: Colleague, others: Iterable[Member], reports: Sequence[Report], *then: Effect
    ) -> None:
        """The desk of a founder, its other people, all with the desk's key who have one, its reports; and `then`."""
        self._sessions = Sessions(self._vault)
        self._database = await Database.open(self._settings.database, self._vault, self._sessions, process="planting")
        try:
            team = [founder.member, *others]
            await self._effects(founder.address, *(PutMember(each) for each in team), FoundPool(founder.id))
            founder.unlock(self._sessions, clock.now())
            keyed = (each.id for each in team if each.public and each.active and each.id != founder.id)
            await self._effects(founder.address, *map(GrantPool, keyed))
            opened = (OpenCase(each.case, each.parts(), each.token) for each in reports)
            await self._effects(founder.address, *opened)
            await self._effects(founder.address, *then)
        finally:
            await self._database.close()

    async def _effects(self, address: Address, *effects: Effect) -> None:
        """One event of one chat, with these effects."""
        self._marks += 1
        house = House(Desk("Planted", ("en",)), load(None).program, lambda: secrets.token_urlsafe(16))
        await self._database.accept([Arrival(f"planted:{self._marks}", address, Text("go"))], clock.now())
        async with self._database.batch(clock.now()) as batch:
            await batch.load(lambda *_: Wanted(), house)
            for unit in batch:
                batch.save(unit, Outcome(Conversation("en"), effects))


def address_of(phone: Phone) -> Address:
    """As the adapter makes it."""
    return Address(f"telegram:{phone.id}")
