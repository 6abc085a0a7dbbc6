"""One person of each kind and one report in each state, in the real bot; put back as it was before every try."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import clock
from bot.sandbox import Phone, Sandbox
from bot.sandbox.messages import Message
from bot.settings import FixedSettings
from handlers import keeping
from handlers.approved import bound
from handlers.cards import key_name
from handlers.desk.originals import agreeing
from handlers.model import (
    Address,
    Advise,
    Advisory,
    AdvisoryDraft,
    AdvisoryId,
    Attachment,
    Barred,
    CaseId,
    CaseState,
    Choice,
    Command,
    Consent,
    ConsentId,
    Conversation,
    Draft,
    Edited,
    Erase,
    Level,
    Location,
    Lowering,
    MemberId,
    Merge,
    Original,
    Role,
    Step,
    Text,
)
from handlers.routes import ANY
from storage import chats, tables
from storage.members import Roster
from storage.shelf import Shelf
from storage.tables import Delivery, Waiting
from storage.upsert import insert_or_replace
from tests.stories.matrix import (
    BUTTONS,
    COMMANDS,
    HELD_BY,
    READ_ALONG,
    ROLES,
    TEAM,
    WITHOUT_KEYS,
    At,
    Try,
    Who,
    carried,
    stands,
)
from tests.stories.planted import Colleague, Planter, Report, address_of, report
from tests.stories.rehearsal import BOT, Rehearsal, rehearsal

Rows = dict[str, list[tuple[Any, ...]]]
CORE = ("cases", "parts", "grants", "secrets", "audit", "members", "invitations", "bans", "advisories", "subscriptions")
"""Tables that only somebody who may changes."""
COMMUNITIES = {Who.HOLDER: ("FR",), Who.ADMIN: ("DE",), Who.LOCKED: ("TJ",), Who.BYSTANDER: ("TJ",)}
OTHER = At.CLAIMED
"""The other report where an action needs two."""
CANARY = re.compile(r"canary-\w+-(\w+)")
REF = re.compile(r"ZX\d{4}")
WORDS = "words of mine"


@dataclass(frozen=True)
class Cell:
    """One person who tries something with one report."""

    who: Who
    at: At


class House:
    """Made by `house_of_states`. `sender`: who wrote all reports."""

    def __init__(
        self,
        play: Rehearsal,
        staff: dict[Who, Colleague],
        phones: dict[Who, Phone],
        reports: dict[At, Report],
        stored: dict[At, CaseId],
        sender: Phone,
        advisory: Advisory,
    ) -> None:
        self.play, self.staff, self._phones, self.reports, self._stored = play, staff, phones, reports, stored
        self.sender, self.advisory = sender, advisory
        self._database = play.app.database
        self.refs = {each.case.ref: at for at, each in reports.items()} | {"ZX0099": At.MERGED}

    async def remember(self) -> None:
        """This is how it is put back; what the janitor says once a day was said."""
        await self.play.app.janitor.round()
        await self.play.quiet()
        self._snapshot = await self._rows(tables.metadata.tables)

    async def put_back(self, each: Try, cells: list[Cell]) -> None:
        """As it was, with the chats of these people at the step that is tried. The audit chain only grows."""
        kept = [table for table in tables.metadata.sorted_tables if table is not tables.audit]
        async with self._database._engine.begin() as connection:
            for table in reversed(kept):
                await connection.execute(delete(table))
            for table in kept:
                if rows := self._snapshot[table.name]:
                    names = [column.name for column in table.columns]
                    await connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])
            await self._stand(connection, each, cells)
        self._database._roster = Roster(self._database._scribe)
        self._database._shelf = Shelf(self._database._scribe)
        self._unlock()
        for phone in (*self._phones.values(), self.sender):
            _tidy(phone)

    async def attempt(self, each: Try, cells: list[Cell]) -> dict[Cell, list[str]]:
        """All of them at once; what each was told, and what was changed on their screen."""
        before = {cell: self._seen(cell.who) for cell in cells}
        for cell in cells:
            await self.act(cell, each)
        await self.play.quiet()
        return {
            cell: [text for id, text in self._seen(cell.who).items() if before[cell].get(id) != text] for cell in cells
        }

    async def core(self) -> Rows:
        """Everything that only those change who may."""
        return await self._rows(CORE)

    async def revisions(self) -> dict[At, int]:
        """How often each report that is there was changed."""
        rows = {row[0]: row[3] for row in (await self._rows(("cases",)))["cases"]}
        return {at: rows[id] for at, id in self._stored.items() if id in rows}

    async def set_aside(self) -> int:
        """Events and messages on which the program failed."""
        events = select(func.count()).select_from(tables.inbox).where(tables.inbox.c.state == Waiting.ASIDE.value)
        words = select(func.count()).select_from(tables.outbox).where(tables.outbox.c.state == Delivery.ASIDE.value)
        async with self._database._engine.begin() as connection:
            return (await connection.scalar(events) or 0) + (await connection.scalar(words) or 0)

    async def _rows(self, names: Any) -> Rows:
        async with self._database._engine.begin() as connection:
            return {
                name: [tuple(row) for row in await connection.execute(select(tables.metadata.tables[name]))]
                for name in names
            }

    async def _stand(self, connection: AsyncConnection, each: Try, cells: list[Cell]) -> None:
        scribe, now, rows = self._database._scribe, self.play.watch(), []
        for cell in cells:
            chat = scribe.chat(address_of(self._phones[cell.who]))
            row = chats.changed(scribe, chat, self._conversation(cell, each), 1_000_000, now)
            rows.append({"chat": row.pop("of"), **row})
        await connection.execute(insert_or_replace(connection, tables.conversations, "chat"), rows)

    def _conversation(self, cell: Cell, each: Try) -> Conversation:
        step = stands(cell.who, each.step)
        if cell.who is Who.STRANGER:
            return Conversation()
        agreed = Consent(ConsentId.STORE, True, "1", "en", "2026-11-23")
        if ROLES[cell.who] is Role.REPORTER:
            answers = {"danger": ("not_now",), "category": ("threat",)}
            draft = Draft(self.play.app.house.program.version, answers, question="when")
            focus = {Step.PLAN: "60", Step.SUBSCRIBE: "host"}.get(step, self.reports[cell.at].case.id)
            written = draft if step in {Step.FORM, Step.REVIEW} else None
            return Conversation("en", step, consent=agreed, draft=written, focus=focus)
        chosen = {
            Step.HAND_OVER: self.staff[Who.BYSTANDER].id,
            Step.MERGE: self.reports[OTHER].case.id,
            Step.KEEP: (clock.now() + timedelta(days=30)).date().isoformat(),
        }
        advisory = AdvisoryDraft({"en": "Take care."}, "en")
        focus = self.reports[cell.at].case.id
        return Conversation("en", step, focus=focus, chosen=chosen.get(step, "P3"), advisory=advisory)

    def _unlock(self) -> None:
        self.play.app.sessions.lock_all()
        for who in TEAM - WITHOUT_KEYS:
            self.staff[who].unlock(self.play.app.sessions, self.play.watch())

    async def act(self, cell: Cell, each: Try) -> None:
        phone = self._phones[cell.who]
        if each.event is Command:
            name = "nosuchcommand" if each.name == ANY else each.name
            await phone.say(f"/{name} {self._filled(carried(COMMANDS)[each.name], cell.at)}")
        elif each.event is Choice:
            verb = "nosuchverb" if each.name == ANY else each.name
            await phone.forge(f"{verb}:{self._filled(carried(BUTTONS)[each.name], cell.at)}:")
        elif each.event is Text:
            await phone.say(WORDS)
        elif each.event is Edited:
            await phone.edit(next(message.message_id for message in phone.chat() if not message.from_bot), WORDS)
        else:
            await phone.attach({Attachment: "photo", Location: "location"}.get(each.event, "sticker"))

    def _filled(self, what: str, at: At) -> str:
        mine, staff = self.reports[at], self.staff
        return what.format(
            case=mine.case.id,
            ref=mine.case.ref,
            file=mine.file,
            yes=agreeing(mine.case, mine.case.original or self.reports[At.ASKED].case.original),
            draft=mine.draft,
            other=self.reports[OTHER].case.ref,
            member=staff[Who.BYSTANDER].id,
            suspended=staff[Who.SUSPENDED].id,
            advisory=self.advisory.id,
            key=key_name(staff[Who.NEWCOMER].member),
        )

    def _seen(self, who: Who) -> dict[int, str]:
        messages = (message for message in self._phones[who].chat() if message.from_bot)
        return {each.message_id: f"{each.text}{f' [{each.file.name}]' if each.file else ''}" for each in messages}


def _tidy(phone: Phone) -> None:
    """Nothing but one message of the bot and one of the person."""
    chat = phone._chat(BOT)
    chat.messages.clear()
    for from_bot in (True, False):
        chat.add(Message(chat.bot.next_message_id(), chat, from_bot, int(clock.now().timestamp()), "earlier"), None)


@asynccontextmanager
async def house_of_states(folder: Path) -> AsyncIterator[House]:
    """Planted as far as no rule is needed; the rest is done by its people, in their chats."""
    staff: dict[Who, Colleague] = {}
    phones: dict[Who, Phone] = {}
    reports: dict[At, Report] = {}
    stored: dict[At, CaseId] = {}
    senders: list[Phone] = []
    advisories: list[Advisory] = []

    async def plant(sandbox: Sandbox, settings: FixedSettings) -> None:
        planter = Planter(sandbox, settings)
        for who in (Who.ADMIN, Who.LOCKED_ADMIN, Who.HOLDER, Who.SECOND, Who.BYSTANDER, Who.LOCKED):
            staff[who] = planter.colleague(
                who.title(), ROLES[who], "a passphrase", communities=COMMUNITIES.get(who, ())
            )
        staff[Who.NEWCOMER] = planter.colleague("Newcomer", active=False)
        staff[Who.SUSPENDED] = planter.colleague("Suspended", active=False, barred=Barred.SUSPENDED)
        gone = planter.colleague("Removed", active=False, barred=Barred.REVOKED, public=b"", wrap=b"", address="left:x")
        phones.update({who: each.phone for who, each in staff.items()})
        strangers = {Who.STRANGER: planter.phone("S"), Who.REPORTER: planter.phone("R")}
        phones.update(strangers | {Who.REMOVED: gone.phone})
        senders.append(planter.phone("Reporter of all"))
        contact = address_of(senders[0])
        reports.update(_reports(contact, staff))
        others = [each.member for who, each in staff.items() if who is not Who.ADMIN]
        asked = _advisory(staff[Who.LOCKED_ADMIN].id)
        advisories.append(asked)
        gone_into = report(At.MERGED, "ZX0099", contact, state=CaseState.CLAIMED, holder=staff[Who.HOLDER].id)
        ended = (
            Merge(gone_into.case.id, reports[At.MERGED].case.id, reports[At.MERGED].case.ref, ()),
            Erase(reports[At.ERASED].case.id),
            Advise(asked),
        )
        await planter.plant(staff[Who.ADMIN], [*others, gone.member], [*reports.values(), gone_into], *ended)
        stored.update({at: each.case.id for at, each in reports.items()} | {At.MERGED: gone_into.case.id})

    async with rehearsal(folder, plant=plant) as play:
        house = House(play, staff, phones, reports, stored, *senders, *advisories)
        await house.remember()
        yield house


def _advisory(author: MemberId) -> Advisory:
    """What one admin wants to send, and the other may approve or refuse."""
    now = clock.now()
    until = now + timedelta(days=365)
    return bound(
        Advisory(AdvisoryId(""), 1, {"en": "Take care."}, author, now, state="asked", salt="salt", until=until)
    )


def _reports(contact: Address, staff: dict[Who, Colleague]) -> dict[At, Report]:
    """One in each state, by what stands in its header."""
    found = {}
    for number, at in enumerate(At):
        holder = staff[who].id if (who := HELD_BY.get(at, Who.HOLDER)) else MemberId("")
        second = staff[Who.SECOND].id if at in READ_ALONG else MemberId("")
        state = CaseState.CLAIMED if holder else CaseState.OPEN
        level = Level.P1 if at is At.ASKED else Level.P2
        found[at] = report(at, f"ZX{number:04}", contact, level=level, state=state, holder=holder, second=second)
    stepped = tuple(staff[who].id for who in (Who.BYSTANDER, Who.LOCKED, Who.LOCKED_ADMIN))
    holder, until = staff[Who.HOLDER].id, clock.now() + timedelta(days=1)
    wishes = {"lowering": Lowering(Level.P2, holder, until), "original": Original(found[At.ASKED].file, holder, until)}
    for at, header in {
        At.RESTRICTED: {"restricted": True},
        At.HIDDEN: {"hidden_from": ("TJ",)},
        At.STEPPED: {"stepped_back": stepped},
        At.CLOSED: {
            "state": CaseState.CLOSED,
            "closed": clock.now(),
            "outcome": "helped",
            "keeping": keeping.begun(clock.now(), 90),
        },
        At.ASKED: wishes,
        At.SILENT: {"state": CaseState.SILENT},
    }.items():
        found[at].case = replace(found[at].case, **header)
    return found
