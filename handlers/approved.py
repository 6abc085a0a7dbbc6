"""What two admins agree on: an advisory bears the digest of its words as its name, and goes out under no other.

Who asks makes the name, who approves presses a button that carries it, and every step of the sending compares it with
the words again (`storage.advisories`): a text, an audience or a time that was changed in between, in a chat, in the
program or in the database, is another advisory, which nobody approved.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from msgspec.msgpack import encode
from msgspec.structs import replace

from handlers import scopes
from handlers.cards import fingerprint, joined, name_of
from handlers.model import (
    Address,
    Advisory,
    AdvisoryId,
    Button,
    Context,
    Day,
    Desk,
    Member,
    Message,
    Moment,
    Param,
    Role,
    Scope,
    Token,
)
from handlers.speech import button, grid, rows, signed


def bound(advisory: Advisory) -> Advisory:
    """The same under the name that its words give it."""
    return replace(advisory, id=_name(advisory))


def intact(advisory: Advisory) -> bool:
    """Whether it still is what its name says."""
    return advisory.id == _name(advisory)


def _name(advisory: Advisory) -> AdvisoryId:
    """128 bits of SHA-256 over all that readers get, who they are, and when; msgpack marks where each part ends."""
    scope, words = advisory.scope, sorted(advisory.texts.items())
    whom, when = (scope.host, scope.origin, scope.topic), (advisory.created, advisory.at)
    which = (advisory.number, advisory.of, advisory.drop, advisory.first)
    return AdvisoryId(fingerprint(encode((advisory.salt, words, whom, when, which, advisory.author))))


def sources(advisory: Advisory, corrections: Iterable[Advisory]) -> dict[str, Advisory]:
    """What each language's copies of an advisory say after these corrections, in their order: the words of which one.

    What one has deleted is not there. One that has not begun counts for nothing; nor does one that is not what was
    approved.
    """
    found = dict.fromkeys(advisory.texts, advisory)
    for each in corrections:
        if each.turn and intact(each):
            kept = {} if each.drop else found
            found = kept | {code: each for code in each.texts if code in found}
    return found


def changes(correction: Advisory, language: str) -> bool:
    """Whether the copies in this language are corrected or deleted; if not, they stay."""
    return correction.drop or language in correction.texts


def next_turn(corrections: Iterable[Advisory]) -> int:
    """The place of one that begins after all of these."""
    return 1 + max((each.turn for each in corrections), default=0)


def shown(number: int, day: datetime, text: str) -> Message:
    """What its readers see, but for their safe word and the way out."""
    return Message("advisory.text", {"number": number, "day": Day(day), "text": text})


def in_language(advisory: Advisory, language: str) -> Message:
    """An advisory as the readers of a language see it; a correction says since when it reads so."""
    read = shown(advisory.number, advisory.day, advisory.texts[language])
    if not advisory.of:
        return read
    since = f"{advisory.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC"  # one time for all: no reader's clock is known
    return replace(read, lines=(Message("advisory.corrected", {"at": since}),))


def copy(advisory: Advisory, language: str, token: Token, safe_word: str) -> Message:
    """The same as one reader gets it: under their safe word, and with their own way out."""
    stop = button("unsubscribe", "unsub", token)
    return signed(replace(in_language(advisory, language), choices=rows(stop)), safe_word)


def previews(advisory: Advisory) -> tuple[Message, ...]:
    """The same for each of its audiences, byte for byte."""
    return tuple(
        Message(
            "advise.preview",
            {"language": Message(f"language.{code}")},
            (in_language(advisory, code),),
        )
        for code in advisory.texts
    )


def chat(id: AdvisoryId) -> Address:
    """Where its own timer comes back to: no messenger's chat, so nobody can leave, erase or ban it."""
    return Address(f"advisory:{id}")


def slot(advisory: Advisory) -> str:
    """Its one message in each admin's chat: the question, then how far it has come."""
    return f"advisory:{advisory.id}"


def may_decide(member: Member) -> bool:
    """Whether a member may ask for an advisory, or approve one."""
    return member.active and member.role is Role.ADMIN


def open_to(advisory: Advisory, context: Context) -> bool:
    """Whether it waits for an answer that this member may give: somebody else asks, and the day is not over."""
    waits = advisory.state == "asked" and advisory.until is not None and context.now < advisory.until
    return waits and may_decide(context.me) and advisory.author != context.me.id


def is_own(advisory: Advisory, context: Context) -> bool:
    """Whether the speaker wrote it, and it waits for another admin's yes."""
    return advisory.state == "asked" and advisory.author == context.me.id


def asked(advisory: Advisory) -> Message:
    """That it waits for another's yes, to who wrote it, with the ways to change it or take it back."""
    id = "advise.fix.asked" if advisory.of else "advise.asked"
    facts: dict[str, Param] = {"number": advisory.number, "at": Moment(advisory.until or advisory.created)}
    return Message(id, facts, choices=grid(ways_back(advisory), 2))


def ways_back(advisory: Advisory) -> tuple[Button, ...]:
    """What who asked may do meanwhile."""
    return edit(advisory), button("advise.drop", "advdrop", advisory.id)


def edit(advisory: Advisory) -> Button:
    """Makes a draft of it again, for who wrote it."""
    return button("advise.edit", "advedit", advisory.id)


def waiting(advisory: Advisory, context: Context) -> Message:
    """That there is something to decide, and the way to it."""
    asked: dict[str, Param] = {"number": advisory.number, "name": name_of(advisory.author, context.team)}
    id = "advise.fix.waiting" if advisory.of else "advise.waiting"
    return Message(id, asked, choices=rows(button("advise.read", "advshow", advisory.id)))


def question(advisory: Advisory, context: Context) -> Message:
    """What another admin decides about; the previews stand above it."""
    asked: dict[str, Param] = {"number": advisory.number, "name": name_of(advisory.author, context.team)}
    until = Message("advise.until", {"at": Moment(advisory.until or context.now)})
    answers = grid((button("advise.yes", "advyes", advisory.id), button("advise.no", "advno", advisory.id)), 2)
    if advisory.of:
        lines = (*rest(advisory.texts, context, drop=advisory.drop), until)
        return Message("advise.fix.question", asked, lines, answers)
    lines = (*facts(advisory, context.desk), when(advisory.at), until)
    return Message("advise.question", asked, lines, answers)


def rest(texts: Mapping[str, str], context: Context, *, drop: bool) -> tuple[Message, ...]:
    """How many copies a correction by these texts may still reach, and what becomes of those in other languages."""
    corrected = context.corrected
    if corrected is None:
        return ()
    copies = Message("advise.fix.copies", {"copies": corrected.copies, "sent": corrected.sent})
    others = [code for code in sources(corrected, context.corrections) if code not in texts]
    if not others:
        return (copies,)
    names = joined(tuple(Message(f"language.{code}") for code in others))
    return (copies, Message("advise.fix.drop" if drop else "advise.fix.stay", {"languages": names}))


def facts(advisory: Advisory, desk: Desk) -> tuple[Message, ...]:
    """For whom it is, how many they are at most, and who gets nothing."""
    most = Message("advise.most", {"count": audience(advisory.texts, desk)})
    narrowed = scopes.lines(advisory.scope) if advisory.scope != Scope() else ()
    return (*narrowed, most, *without(advisory.texts, desk), *unread(advisory.texts, desk))


def audience(texts: dict[str, str], desk: Desk) -> int:
    """Subscribers in the languages that are written."""
    return sum(desk.subscribers.get(code, 0) for code in texts)


def without(texts: dict[str, str], desk: Desk) -> tuple[Message, ...]:
    """Whose language nobody has written in: no other language takes its place, so they get nothing."""
    missing = [code for code in desk.languages if code not in texts and desk.subscribers.get(code, 0)]
    if not missing:
        return ()
    names = joined(tuple(Message(f"language.{code}") for code in missing))
    return (Message("advise.without", {"languages": names, "count": audience(dict.fromkeys(missing, ""), desk)}),)


def unread(texts: dict[str, str], desk: Desk) -> tuple[Message, ...]:
    """In which languages there is a text, and nobody who would get it."""
    names = tuple(Message(f"language.{code}") for code in texts if not desk.subscribers.get(code, 0))
    return (Message("advise.unread", {"languages": joined(names)}),) if names else ()


def when(at: datetime | None) -> Message:
    """When it goes out."""
    return Message("advise.when.at", {"at": Moment(at)}) if at else Message("advise.when.now")
