"""The witness: sees every message and edit of the bot in every chat, and says what must never be seen there."""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.i18n import MISSING, catalogues
from bot.markup import Hole, Literal, Piece, parse
from bot.sandbox import ChatMessage, Phone, Sandbox
from bot.sandbox.changes import EVERYBODY, Change
from bot.sandbox.views import view

TEAM_ONLY = re.compile(
    "(advise|answers|approve|audit|card|case|check|checklist|claim|close|desk|draft|group|level|lock|note|oncall|queue|refused|release|reply|role|rule|stop"
    r"|team|unlock|invite|join|help\.(admin|responder))(\.|$)"
)
"""Ids of what only the team is told."""
FOR_ALL = frozenset(
    {"case.gone", "join", "join.expired", "join.invalid", "join.stranger", "join.used", "join.withdrawn"}
)
TELLING = 12
"""Characters of ours in a row that tell one sentence from another."""

HARMLESS = re.compile(
    "editMessageText .*(message is not modified|message to edit not found)"  # pressed twice; deleted by its reader
    "|(send|edit|delete|set).* Forbidden: bot was blocked by the user"
    "|deleteMessages?.*message to delete not found"
)
"""Refusals of the sandbox that people bring about themselves."""

_NOT_MODIFIED = "message is not modified"


def _texts(ids: Iterable[str]) -> Iterator[str]:
    for catalogue in catalogues().values():
        for id in ids:
            yield from (catalogue.text(id), catalogue.text(id, 1), catalogue.text(id, 5))


def _ids() -> frozenset[str]:
    english = catalogues()["en"]._words._catalog  # type: ignore[attr-defined]
    return frozenset(key[0] if isinstance(key, tuple) else key for key in english if key)


def _is_staff(id: str) -> bool:
    return id not in FOR_ALL and TEAM_ONLY.match(id) is not None


def _sentences(ids: Iterable[str]) -> frozenset[str]:
    """What stands in these texts to the letter, as far as it is long enough to be told from others."""
    pieces = (piece.text.strip() for text in _texts(ids) for piece in parse(text) if isinstance(piece, Literal))
    return frozenset(piece for piece in pieces if len(piece) >= TELLING)


def _shape(id: str) -> str:
    """A text as a pattern; its parameters are groups."""
    texts = {catalogue.text(id) for catalogue in catalogues().values()}
    return "|".join("".join(_as_pattern(piece) for piece in parse(text)) for text in texts)


def _as_pattern(piece: Piece) -> str:
    match piece:
        case Literal(text):
            return re.escape(text)
        case Hole():
            return "(.+)"
    return ""


IDS = _ids()
DOTTED = re.compile(r"(?<![\w./-])(" + "|".join(re.escape(id) for id in sorted(IDS) if "." in id) + r")(?![\w/-])")
HOLES = re.compile(r"\{[a-z_]+\}")
NEUTRAL = _sentences([MISSING])
_OTHERS = "\n".join(_texts(id for id in IDS if not _is_staff(id)))
STAFF = frozenset(said for said in _sentences(id for id in IDS if _is_staff(id)) if said not in _OTHERS)
MINE = re.compile("|".join(_shape(id) for id in ("claim.done", "claim.locked", "claim.yours")))
HEAD = re.compile(r"^([2-9A-Z]{6}) · P\d")
CODE = re.compile(_shape("sent.code"))
TROUBLE = frozenset({"text.missing", "message.rejected"})
"""Lines of the log that are trouble, quietly told; so is everything from WARNING on."""


class Unseemly(AssertionError):
    """Something that must never be seen. Says what, in which chat, and the made-up words of a test."""


@dataclass
class Witness:
    """`refs` and `codes` are what anybody has been told so far."""

    sandbox: Sandbox
    refs: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    _staff: set[int] = field(default_factory=set)
    _admin: int = 0
    _marks: dict[int, str] = field(default_factory=dict)
    _names: tuple[str, ...] = ()
    _heard: Counter[int] = field(default_factory=Counter)
    _held: dict[int, set[str]] = field(default_factory=dict)
    _reading: dict[int, str] = field(default_factory=dict)
    _unchanged: int = 0

    def meet(self, staff: Iterable[Phone], reporters: Mapping[Phone, str], admin: Phone) -> None:
        """Who is who. A reporter's mark stands in most of their words."""
        self._staff, self._admin = {phone.id for phone in staff}, admin.id
        self._marks = {phone.id: mark for phone, mark in reporters.items()}
        people = [phone.person for phone in reporters]
        self._names = tuple(name for p in people for name in (p.first_name, p.username, str(p.id)))

    def look_away(self) -> None:
        """What is heard counts from now."""
        self._heard.clear()
        self._unchanged = self._not_modified()

    def judge(self, expecting: Iterable[int]) -> None:
        """Everybody who may expect an answer has seen one, or pressed what they saw already; nothing went wrong."""
        silent = [person for person in expecting if not self._heard[person]]
        if len(silent) > self._not_modified() - self._unchanged:
            self.faults.append(f"silence in the chats {silent}")
        refused = (f"{method} {why}" for method, why in self.sandbox.record.refusals)
        self.faults += [f"refused: {each}" for each in refused if not HARMLESS.match(each)]
        self.faults += [f"unknown parameter: {method} {name}" for method, name in self.sandbox.faults_of_ours]
        if self.faults:
            raise Unseemly("\n".join(self.faults))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look at every change of every chat, and at the log, while the block runs."""
        ear = _Ear(self.faults)
        logging.getLogger("panah").addHandler(ear)
        try:
            with self.sandbox.world.changes.heard_by(self._see, EVERYBODY):
                yield
        finally:
            logging.getLogger("panah").removeHandler(ear)

    def _not_modified(self) -> int:
        return sum(n for (_, why), n in self.sandbox.record.refusals.items() if _NOT_MODIFIED in why)

    def _see(self, change: Change) -> None:
        reader = change.chat.person.id
        if change.message is None or not change.message.from_bot:
            return
        self._heard[reader] += 1
        if change.kind != "delete":
            self._read(reader, view(change.message))

    def _read(self, reader: int, message: ChatMessage) -> None:
        labels = [button.text for row in message.buttons for button in row]
        for text in (message.text, *labels):
            self._check_words(reader, text)
        if reader in self._staff:
            self._check_staff(reader, message)
        elif reader in self._marks:
            self._check_reporter(reader, message)

    def _check_words(self, reader: int, text: str) -> None:
        self._must(not DOTTED.search(text), "an id of ours", reader, text)
        self._must(not HOLES.search(text.replace("{walked}", "")), "a placeholder", reader, text)
        self._must(not any(neutral in text for neutral in NEUTRAL), "a missing text", reader, text)

    def _check_staff(self, reader: int, message: ChatMessage) -> None:
        everything = message.text + "".join(f"{b.text}{b.data}" for row in message.buttons for b in row)
        self._must(not any(name in everything for name in self._names), "who a reporter is", reader, everything)
        held = self._held.setdefault(reader, set())
        held.update(ref for hit in MINE.finditer(message.text) for ref in hit.groups() if ref)
        if head := HEAD.match(message.text):
            self.refs.add(head[1])
            if message.protected:
                self._reading[reader] = head[1]
        if any(mark in message.text for mark in self._marks.values()):
            read = self._reading.get(reader, "")
            may = reader == self._admin or read in self._held.get(reader, ())
            self._must(may, "a report in the chat of somebody who does not hold it", reader, message.text)
            self._must(message.protected, "a report that can be forwarded", reader, message.text)

    def _check_reporter(self, reader: int, message: ChatMessage) -> None:
        others = [mark for person, mark in self._marks.items() if person != reader]
        self._must(not any(mark in message.text for mark in others), "another's words", reader, message.text)
        self._must(not any(said in message.text for said in STAFF), "words of the team's rooms", reader, message.text)
        if code := CODE.match(message.text):
            self.codes.update(found for found in code.groups() if found)

    def _must(self, fine: bool, what: str, reader: int, text: str) -> None:
        if not fine:
            self.faults.append(f"{what} in chat {reader}: {text[:300]!r}")


class _Ear(logging.Handler):
    """Keeps what the log must not say."""

    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.INFO)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING or record.msg in TROUBLE:
            self._heard.append(f"{record.msg} {getattr(record, 'fields', '')} {getattr(record, 'trail', '')}")
