"""How a case looks to the team: enums, countries and an age. Never a word that a person wrote."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from handlers import clocks, waits
from handlers.model import (
    Admins,
    Button,
    Called,
    Case,
    CaseId,
    CaseState,
    Context,
    Country,
    Day,
    Edit,
    Level,
    Member,
    MemberId,
    Message,
    Moment,
    OnDuty,
    Param,
    Send,
    Span,
    Staff,
    Team,
    Withdraw,
    Zone,
)
from handlers.program import Circle
from handlers.speech import button, grid, rows

COUNTRY_CODE_LENGTH = 2
KEY_NAME_BYTES = 16
CHECKIN = "checkin"
"""The rule of a case that a check-in opened: what to do stands in it, and nothing else makes it as urgent."""


def slot(case: Case) -> str:
    """Where the card of a case stands in each member's chat, and in the team's group."""
    return slot_of(case.id)


def slot_of(case: CaseId) -> str:
    return f"case:{case}"


def traces(case: CaseId) -> str:
    """The name of every message that shows what is in a case."""
    return f"read:{case}"


def handed(case: CaseId) -> str:
    """The name of a file for a partner in the chat of who passes it on."""
    return f"handed:{case}"


EXPORT = CaseId("export")
"""Stands for the cases of an export where what is shown of them is named (`traces`)."""


def all_traces(case: Case) -> tuple[str, ...]:
    """The same, and of those that may show it as part of an export."""
    return (traces(case.id), *((traces(EXPORT),) if case.given else ()))


def withheld(case: Case) -> tuple[Withdraw, ...]:
    """Takes files for partners that were not passed on yet out of the chats of the team.

    What may show a case as part of an export stood only with those who may know of it: what vanishes elsewhere would
    tell that there is one.
    """
    exported = (Withdraw(Team(case.clearance), traces(EXPORT)),) if case.given else ()
    return (*exported, Withdraw(Team(), handed(case.id)))


def card(case: Case, team: tuple[Member, ...], now: datetime) -> Message:
    """The card that everybody on duty gets, and sees change."""
    offers = (button("claim", "claim", case.id), *_seen(case), button("notme", "notme", case.id))
    choices = grid(offers, 2) if case.state is CaseState.OPEN else ()
    return Message(
        "card.head", {"ref": case.ref, "level": level(case)}, (*_facts(case, now), standing(case, team)), choices
    )


def _seen(case: Case) -> tuple[Button, ...]:
    """P1 is paged again and again; who knows of it can say so."""
    return (button("seen", "seen", case.id),) if case.level is Level.P1 else ()


def changed(case: Case, team: tuple[Member, ...], now: datetime) -> Edit:
    """The card as it is now, in the place of each older one."""
    return Edit(Team(case.clearance), card(case, team, now), slot(case))


def moved(before: Case, after: Case, team: tuple[Member, ...], now: datetime) -> tuple[Edit, ...]:
    """When others may know of a case than before: who may not any more loses its card."""
    withdrawn = Message("card.withdrawn", {"ref": after.ref})
    return Edit(Team(before.clearance), withdrawn, slot(after)), changed(after, team, now)


def line(case: Case, now: datetime) -> Message:
    """The card on one line, for lists."""
    age = clocks.age(case, now)
    params: dict[str, Param] = {
        "ref": case.ref,
        "level": level(case),
        "category": category(case),
        "host": place("host", case.host) if case.host else Message("card.nowhere"),
        "age": Span(age) if age else Message("card.now"),
    }
    return Message("card.line", params, lines=late(case, now))


def late(case: Case, now: datetime) -> tuple[Message, ...]:
    """That its reporter waits for longer than we aimed for, and for how much longer."""
    if case.wait is None or not waits.overdue(case, now):
        return ()
    return (Message("card.late", {"over": Span(max(1, int((now - case.wait.due).total_seconds() // 60)))}),)


def clock(context: Context) -> Message:
    """By whose clock the times of a list are: its reader's own."""
    return Message("times.of", {"zone": Zone(context.me.zone)})


def standing(case: Case, team: tuple[Member, ...]) -> Message:
    """Open, closed, or who has it."""
    if case.state is CaseState.CLAIMED:
        return Message("card.claimed", {"name": name_of(case.holder, team)})
    return Message("card.aside") if case.aside else Message(f"card.{case.state.value}")


def name_of(member: MemberId, team: tuple[Member, ...]) -> str:
    """The call name of a member; a dash for somebody who is no longer there."""
    return next((each.name for each in team if each.id == member), "–")


def called(name: str, team: Iterable[Member]) -> Member | None:
    """Whom an id, or a call name as somebody typed it, means."""
    meant = name.casefold()
    return next((each for each in team if name == each.id or meant == each.name.casefold()), None)


def level(case: Case) -> Message:
    return Message(f"level.{case.level.name}")


def category(case: Case) -> Message:
    return category_named(case.category) if case.category else Message("card.unsaid")


def category_named(category: str) -> Message:
    return Message(f"category.{category}")


def member_button(member: Member, verb: str) -> Button:
    """A colleague to choose, by their call name."""
    return Button(Message("plain", {"text": member.name}), verb, member.id)


def place(question: str, value: str) -> Message:
    """A country by its name; any other answer by its label."""
    if not value:
        return Message("answer.none")
    if len(value) == COUNTRY_CODE_LENGTH and value.isupper():
        return Message("country", {"country": Country(value)})
    return Message(f"option.{question}.{value}")


def answer(question: str, values: tuple[str, ...]) -> Message:
    """One answered question, on one line."""
    labels = joined(tuple(chosen(question, value) for value in values))
    return Message("answer.line", {"question": Message(f"question.{question}.short"), "answer": labels})


def chosen(question: str, value: str) -> Message:
    """The label of one chosen value."""
    return Message(f"category.{value}") if question in {"category", "also"} else place(question, value)


def notice(case: Case, team: tuple[Member, ...], now: datetime) -> tuple[Send, ...]:
    """The card for everybody on duty. What is set aside calls nobody; of danger the admins are told, quietly."""
    critical = case.level is Level.P1
    if case.aside:
        return (Send(to=Admins(), message=Message("notice.aside"), together="notice.asides"),) if critical else ()
    many = "notice.critical" if critical else "notice.many"
    # of danger somebody is told, on duty or not
    to = Called((Circle.DUTY,), case.clearance, case=case.id) if critical else OnDuty(case.clearance)
    send = Send(to=to, message=card(case, team, now), slot=slot(case), urgent=critical, together=many)
    return (replace(send, wakes=critical),)


def to_holder(case: Case, message: Message, *more: Button) -> tuple[Send, ...]:
    """A notice for the member who holds the case, with a button to open it and more; for all on duty, to claim it."""
    if case.holder:
        opens = rows(button("open.ref", "open", case.id, ref=case.ref), *more)
        told = Send(to=Staff(case.holder), message=replace(message, choices=opens), urgent=True)
        return (replace(told, wakes=case.level is Level.P1),)
    if case.aside:
        return ()
    claims = rows(button("claim.ref", "claim", case.id, ref=case.ref))
    called = Send(to=OnDuty(case.clearance), message=replace(message, choices=claims), urgent=True)
    return (replace(called, wakes=case.level is Level.P1),)


def reopened(case: Case, team: tuple[Member, ...], now: datetime) -> tuple[Edit | Send, ...]:
    """An open case again: its card changes for everybody, and everybody on duty gets it anew."""
    return (changed(case, team, now), *notice(case, team, now))


def join_slot(newcomer: Member) -> str:
    """Where the question about a newcomer stands in each admin's chat."""
    return f"join:{newcomer.id}"


def key_name(member: Member) -> str:
    """Names a newcomer's present key: what was compared by voice is what is approved, or nothing is."""
    return fingerprint(member.public)


def fingerprint(key: bytes) -> str:
    """Names some bytes, in as many characters as a button may carry."""
    return urlsafe_b64encode(hashlib.sha256(key).digest()[:KEY_NAME_BYTES]).decode().rstrip("=")


def marked(case: Case, *about: str) -> str:
    """What a button carries that is good for these facts of a case alone: its reference, and 90 bits of their hash."""
    return f"{case.ref}.{fingerprint(' '.join(about).encode())[:15]}"


def ask_approval(member: Member) -> Message:
    """The question that decides about a newcomer."""
    words = " ".join(member.fingerprint)
    return Message(
        "approve.again" if member.again else "approve.ask",
        {"name": member.name, "role": Message(f"role.{member.role.value}"), "words": words},
        choices=grid((button("approve", "approve", key_name(member)), button("refuse", "refuse", key_name(member))), 2),
    )


def joined(messages: tuple[Message, ...]) -> Message:
    """Several short messages with commas between them."""
    if not messages:
        return Message("answer.none")
    first, *rest = messages
    return Message("join", {"first": first, "rest": joined(tuple(rest))}) if rest else first


def _facts(case: Case, now: datetime) -> tuple[Message, ...]:
    judged = (Message("card.judged", {"level": Message(f"level.{case.judged.name}")}),) if case.judged else ()
    return (
        *((Message(f"rule.{CHECKIN}"),) if CHECKIN in case.rules else ()),
        *judged,
        Message("card.category", {"category": category(case)}),
        route(case),
        Message("card.language", {"language": Message(f"language.{case.language}")}),
        _sent(case, now),
        *due(case, now),
        *_end(case),
    )


def route(case: Case) -> Message:
    """From where to where; two answers that are missing are not drawn as a way."""
    if not case.origin and not case.host:
        return Message("card.nowhere")
    origin = joined(tuple(place("origin", code) for code in case.origin))
    return Message("card.route", {"origin": origin, "host": place("host", case.host)})


def due(case: Case, now: datetime) -> tuple[Message, ...]:
    """By when its reporter should hear from a person, or that this time has passed."""
    if case.wait is None or case.wait.idle or case.state in waits.OVER:
        return ()
    return late(case, now) or (Message("card.due", {"at": Moment(case.wait.due)}),)


def _end(case: Case) -> tuple[Message, ...]:
    """Until when a closed case is kept."""
    kept = case.keeping
    return (Message("card.held" if kept.held else "card.ends", {"day": Day(kept.until)}),) if kept else ()


def _sent(case: Case, now: datetime) -> Message:
    age = clocks.age(case, now)
    return Message("card.age", {"age": Span(age)}) if age else Message("card.new")
