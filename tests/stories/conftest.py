"""A house of cards: the core with a memory of dictionaries, so that stories can be told without a database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import resources
from typing import Any

import pytest

from handlers import consent, decide, duty, wanted
from handlers.model import (
    Address,
    Advise,
    Advisory,
    AdvisoryId,
    Ban,
    Board,
    ByCode,
    ByHolder,
    ById,
    ByRef,
    ByToken,
    Case,
    CaseId,
    CaseState,
    Choice,
    Command,
    Contact,
    Context,
    Conversation,
    Counted,
    Desk,
    Door,
    Edit,
    Enrol,
    Enrolled,
    Entry,
    Erase,
    Event,
    Export,
    Figures,
    Found,
    FoundPool,
    Invitation,
    Invite,
    KeepCode,
    KeepFigures,
    KeepInvitation,
    KeepToken,
    Lock,
    Member,
    MemberId,
    Merge,
    MessageRef,
    Offset,
    OpenCase,
    Order,
    Part,
    Partner,
    Person,
    PutBoard,
    PutExport,
    PutMember,
    Rekeying,
    RemoveMember,
    Rewrap,
    Rewrapped,
    Role,
    Seal,
    Seen,
    Send,
    SetTimer,
    Stretch,
    Stretched,
    Text,
    Timer,
    Unlink,
    Unlock,
    Unlocked,
)
from handlers.program import Program, parse
from handlers.typed import plain

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PASSPHRASE = "correct horse battery staple stone river"
WORDS = tuple(f"w{chr(97 + i // 676)}{chr(97 + i // 26 % 26)}{chr(97 + i % 26)}" for i in range(2048))


NAMES = {
    plain(name): code
    for name, code in {"Germany": "DE", "Германия": "DE", "United States": "US", "United Kingdom": "GB"}.items()
}


def read_program() -> Program:
    """The program that ships with the house."""
    folder = resources.files("handlers") / "data"
    return parse({file.name: file.read_text() for file in folder.iterdir() if file.name.endswith(".toml")})


def partner(name: str, language: str = "ru") -> Partner:
    """An organisation whose key nobody needs."""
    return Partner(name.lower(), name, language, f"age1{name.lower()}", "four words of it")


@pytest.fixture(scope="session")
def program() -> Program:
    return read_program()


@dataclass
class House:
    """Carries events through the core and keeps what follows, as the storage would."""

    program: Program
    now: datetime = NOON
    conversations: dict[Address, Conversation] = field(default_factory=dict)
    cases: dict[CaseId, Case] = field(default_factory=dict)
    parts: dict[CaseId, list[Part]] = field(default_factory=dict)
    secrets: dict[str, CaseId] = field(default_factory=dict)
    merged: dict[str, CaseId] = field(default_factory=dict)
    members: dict[MemberId, Member] = field(default_factory=dict)
    invitations: dict[str, Invitation] = field(default_factory=dict)
    open_keys: set[MemberId] = field(default_factory=set)
    said: list[Send | Edit] = field(default_factory=list)
    effects: list[Any] = field(default_factory=list)
    audit: list[Entry] = field(default_factory=list)
    banned: set[Address] = field(default_factory=set)
    founded: bool = True
    advisories: dict[AdvisoryId, Advisory] = field(default_factory=dict)
    subscribers: dict[str, int] = field(default_factory=dict)
    rekeying: Rekeying | None = None
    board: Board | None = None
    export: Export | None = None
    released: dict[str, Figures] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)
    found: Found = field(default_factory=Found)
    counter: int = 0
    kept: tuple[Counted, ...] = ()
    partners: tuple[str, ...] = ()
    door: Door = Door.BOTH
    offset: Offset = lambda zone, at: timedelta()
    zones: dict[str, str] = field(default_factory=dict)
    country_zones: dict[str, tuple[str, ...]] = field(default_factory=dict)
    timers: dict[tuple[Address, str, str], datetime] = field(default_factory=dict)
    meant: list[frozenset[MemberId]] = field(default_factory=list)
    """Whom each of `said` reached: duty is a matter of the moment."""

    @property
    def advisory(self) -> Advisory:
        """The newest."""
        return list(self.advisories.values())[-1]

    def new_id(self) -> str:
        self.counter += 1
        return f"{self.counter:022d}"

    def member(
        self, name: str, role: Role = Role.RESPONDER, unlocked: bool = True, communities: tuple[str, ...] = ()
    ) -> "Phone":
        """An approved member, with open keys unless told otherwise."""
        phone = Phone(self, Address(f"test:{name}"))
        id = MemberId(f"{name:_<22}")
        self.members[id] = Member(
            id, phone.address, role, name, active=True, public=b"k", fingerprint=("a", "b"), communities=communities
        )
        self.conversations[phone.address] = Conversation(language="en")
        if unlocked:
            self.open_keys.add(id)
        return phone

    def reporter(self, name: str = "reporter") -> "Phone":
        return Phone(self, Address(f"test:{name}"))

    def _person(self, address: Address) -> Person:
        found = next((each for each in self.members.values() if each.address == address), None)
        if found is None:
            return Person(address, self.door, banned=address in self.banned)
        away = Role.SUSPENDED if found.barred else Role.NEWCOMER
        role = found.role if found.active else away
        return Person(address, self.door, role, found, found.id in self.open_keys)

    def _case(self, key: object) -> Case | None:
        match key:
            case ById(id):
                return self.cases.get(self.merged.get(id, id))
            case ByToken(secret) | ByCode(secret):
                return self.cases.get(self.secrets.get(secret, CaseId("")))
            case ByHolder(member):
                held = [case for case in self.cases.values() if case.holder == member]
                return held[0] if len(held) == 1 else None
            case ByRef(ref) if ref in self.merged:
                return self.cases.get(self.merged[ref])
            case ByRef(ref):
                return next((case for case in self.cases.values() if case.ref == ref), None)
        return None

    def _family(self, id: AdvisoryId) -> tuple[Advisory, ...]:
        """The one to which this belongs, and all that changes its copies."""
        wanted = self.advisories.get(id)
        if wanted is None:
            return ()
        first = self.advisories[wanted.of or wanted.id]
        changing = (each for each in self.advisories.values() if each.of == first.id)
        return (first, *sorted(changing, key=lambda each: (each.turn == 0, each.turn)))

    def _ordered(self, order: Order | None, unlocked: bool) -> tuple[tuple[Case, tuple[Part, ...]], ...]:
        meant = [case for case in self.cases.values() if order and case.is_meant(order)]
        return tuple((case, tuple(self.parts[case.id]) if unlocked else ()) for case in meant)

    def _opened(self, member: MemberId) -> tuple[Seen, ...]:
        opened = [entry for entry in self.audit if member and (entry.action, entry.actor) == ("open", member)]
        return tuple(Seen(self.cases[entry.case].ref, self.now) for entry in opened)

    def desk(self) -> Desk:
        return Desk(
            "Test House",
            ("en", "ru"),
            founded=self.founded,
            rekeying=self.rekeying,
            board=self.board,
            bot="bot",
            words={"en": WORDS},
            countries=NAMES,
            partners=tuple(partner(name) for name in self.partners),
            subscribers=self.subscribers,
            advisories=max((each.number for each in self.advisories.values() if each.state != "void"), default=0),
            zones=self.zones,
            country_zones=self.country_zones,
        )

    def bring(self, address: Address, event: Event) -> list[Send | Edit]:
        """One event through the core; what was said to anybody because of it."""
        person, conversation = self._person(address), self.conversations.get(address, Conversation())
        wants = wanted(event, person, conversation)
        case = self._case(wants.case)
        context = Context(
            now=self.now,
            new_id=self.new_id,
            program=consent.fitted(self.program, self.desk()),
            person=person,
            conversation=conversation,
            desk=self.desk(),
            case=case,
            cases={key: found for key in wants.cases if (found := self._case(key))},
            parts=tuple(self.parts.get(case.id, ())) if case and wants.parts and person.unlocked else (),
            beside={key: tuple(self.parts[self._case(key).id]) for key in wants.cases if self._case(key)}
            if wants.beside and person.unlocked
            else {},
            queue=tuple(sorted(self.cases.values(), key=lambda each: each.level)) if wants.queue else (),
            team=tuple(self.members.values()) if wants.team else (),
            open_since={id: self.now for id in self.open_keys} if wants.team else {},
            held=tuple(case for case in self.cases.values() if wants.held and _holds(wants.held, case)),
            opened=self._opened(wants.opened),
            found=self.found,
            invitation=self.invitations.get(wants.invitation),
            invitations=tuple(self.invitations.values()) if wants.invitations else (),
            advisory=self.advisories.get(wants.advisory),
            corrected=next(iter(self._family(wants.advisory)), None),
            corrections=self._family(wants.advisory)[1:],
            advisories=tuple(self.advisories.values()) if wants.advisories else (),
            everything=tuple(self.cases.values()) if wants.figures else (),
            kept=self.kept if wants.figures else (),
            export=self.export if wants.export else None,
            ordered=self._ordered(wants.order, person.unlocked),
            released=self.released.get(wants.quarter),
            forgotten=wants.quarter in self.forgotten,
            offset=self.offset,
        )
        outcome = decide(event, context)
        before = len(self.said)
        if outcome.conversation is None:
            self.conversations.pop(address, None)
            self.timers = {timer: at for timer, at in self.timers.items() if timer[0] != address}
        else:
            self.conversations[address] = outcome.conversation
        self.cases |= {case.id: case for case in (*outcome.cases, outcome.case) if case is not None}
        self.audit.extend(outcome.audit)
        for effect in outcome.effects:
            self._carry_out(address, effect)
        return self.said[before:]

    def _carry_out(self, address: Address, effect: object) -> None:
        self.effects.append(effect)
        match effect:
            case Send() | Edit():
                self.said.append(effect)
                readers = duty.meant(effect.to, self.members.values(), self.now, self.offset)
                self.meant.append(frozenset(each.id for each in readers))
            case SetTimer(name, at, about, to=to):
                self.timers[to or address, name, about] = at
            case OpenCase(case, parts, token):
                self.cases[case.id] = case
                self.parts[case.id] = list(parts)
                self.secrets[token] = case.id
            case Stretch(code, case):
                self.bring(address, Stretched(f"stretched {code}", case))
            case KeepCode(case, stretched):
                self.secrets[stretched] = case
            case KeepToken(case, token):
                self.secrets[token] = case
            case Seal(case, part):
                self.parts[case].append(part)
            case Merge(into, gone, ref, parts):
                self.parts[into].extend(parts)
                self.secrets = {secret: into if case == gone else case for secret, case in self.secrets.items()}
                self.merged |= {gone: into, ref: into}
                del self.cases[gone], self.parts[gone]
            case Erase(case):
                del self.cases[case], self.parts[case]
            case Unlink(case):
                self.parts[case] = [part for part in self.parts[case] if not isinstance(part.body, Contact)]
            case Invite(invitation, secret):
                self.invitations[secret] = invitation
            case Ban(sender, until):
                (self.banned.discard if until is None else self.banned.add)(sender)
            case KeepInvitation(changed):
                same = (secret for secret, each in self.invitations.items() if each.id == changed.id)
                self.invitations |= dict.fromkeys(same, changed)
            case PutMember(member):
                self.members[member.id] = member
            case RemoveMember(member):
                del self.members[member]
            case PutBoard(board):
                self.board = board
            case KeepFigures(figures):
                self.released.setdefault(figures.quarter, figures)
            case PutExport(export):
                self.export = export
            case FoundPool():
                self.founded = True
            case Lock(member):
                self.open_keys.discard(member)
            case Enrol(member):
                self.bring(address, Enrolled(member, b"public", b"wrap", ("one", "two", "three", "four"), PASSPHRASE))
            case Unlock(member, passphrase):
                right = passphrase == PASSPHRASE
                if right:
                    self.open_keys.add(member)
                self.bring(address, Unlocked(member, self.now + timedelta(hours=8) if right else None))
            case Rewrap(member):
                self.bring(address, Rewrapped(member, b"new wrap", PASSPHRASE))
            case Advise(advisory):
                self.advisories[advisory.id] = advisory

    def pass_time(self, **time: float) -> list[Send | Edit]:
        """Time goes by, and every timer comes when it is due; what was said meanwhile."""
        until, before = self.now + timedelta(**time), len(self.said)
        while due := min(((at, timer) for timer, at in self.timers.items() if at <= until), default=None):
            at, (address, name, about) = due
            self.now = max(self.now, at)
            self.ring(address, name, about)
        self.now = until
        return self.said[before:]

    def ring(self, address: Address, name: str, about: str) -> None:
        """One timer comes, due or not."""
        del self.timers[address, name, about]
        self.bring(address, Timer(name, about))


@dataclass
class Phone:
    """One person's side of the chat."""

    house: House
    address: Address
    count: int = 0

    def _ref(self) -> MessageRef:
        self.count += 1
        return MessageRef(f"{self.count}")

    def say(self, text: str, **more: Any) -> list[str]:
        return ids(self.house.bring(self.address, Text(text, self._ref(), **more)))

    def command(self, name: str, args: str = "") -> list[str]:
        return ids(self.house.bring(self.address, Command(name, args, self._ref())))

    def bring(self, event: Event) -> list[str]:
        return ids(self.house.bring(self.address, event))

    @property
    def id(self) -> MemberId:
        """Theirs, as a member of the team."""
        return next(each.id for each in self.house.members.values() if each.address == self.address)

    def forge(self, verb: str, arg: str = "") -> list[str]:
        """Press a button that may stand nowhere, or on a message of long ago."""
        return self.bring(Choice(verb, arg, message=MessageRef("1")))

    def press(self, verb: str, arg: str | None = None) -> list[str]:
        """Press a button of the newest message that has it."""
        for said in reversed(self.heard()):
            for button in (button for row in said.message.choices for button in row):
                if button.verb == verb and arg in {None, button.arg}:
                    return self.bring(Choice(verb, button.arg, button.prompt, MessageRef("0")))
        raise AssertionError(f"no button {verb} {arg or ''}: {self.buttons()}")

    def answer(self, case: Case, words: str) -> list[str]:
        """Write to a reporter, and send what is shown."""
        self.command("reply", f"{case.ref} {words}")
        return self.press("relay")

    def heard(self) -> list[Send | Edit]:
        """All that was said to this person, to a group they belong to included."""
        return [
            each for each, meant in zip(self.house.said, self.house.meant, strict=True) if self._is_mine(each, meant)
        ]

    def _is_mine(self, said: Send | Edit, meant: frozenset[MemberId]) -> bool:
        me = next((each for each in self.house.members.values() if each.address == self.address), None)
        return said.to == self.address or (me is not None and me.id in meant)

    def buttons(self) -> list[tuple[str, str]]:
        """Verb and arg of the newest message with buttons."""
        last = next((said for said in reversed(self.heard()) if said.message.choices), None)
        return [(button.verb, button.arg) for row in last.message.choices for button in row] if last else []

    def join(self, secret: str) -> None:
        """By an invitation, as far as the passphrase."""
        self.command("join", secret)
        self.press("lang", "en")

    def begin(self) -> None:
        """From /start to the first question."""
        self.command("start")
        self.press("lang", "en")
        self.press("agree")

    def asked(self) -> str:
        """The question on the screen; empty when none is."""
        conversation = self.house.conversations.get(self.address)
        return conversation.draft.question if conversation and conversation.draft else ""

    def fill(self, upto: str = "", **answers: str) -> None:
        """Answer by question, skip the rest, as far as a question (or to the review)."""
        answers = {"danger": "not_now", "category": "other", **answers}
        while (question := self.asked()) and question != upto:
            if question == "words":
                self.say(answers.get("words", "They came twice."))
                if answers["danger"] == "now":
                    return
                self.press("done")
            elif question in answers:
                self.press("a", answers[question])
                if self.asked() == question:
                    self.press("done")
            elif "skip" in [verb for verb, _ in self.buttons()]:
                self.press("skip")
            else:
                self.press("a")

    def report(self, **answers: str) -> list[str]:
        """A whole report. What was said last is returned."""
        self.begin()
        self.fill(**answers)
        return self.press("send")


def _holds(member: MemberId, case: Case) -> bool:
    return case.state is CaseState.CLAIMED and case.holder == member


def ids(said: list[Send | Edit]) -> list[str]:
    return [each.message.id for each in said]


@pytest.fixture
def house(program: Program) -> House:
    return House(program)
