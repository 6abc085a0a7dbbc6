"""Advisories: what they say, whom they are for, and what a reader asked for."""

from datetime import datetime

from handlers.model.ids import AdvisoryId, MemberId, Token, Value


class Scope(Value, frozen=True):
    """Whom an advisory concerns, or which ones somebody wants. An empty part stands for everybody, or for anything.

    `host`: countries where people live now. `origin`: the states that they left ("other": one that has no button).
    `topic`: topics of the program.
    """

    host: tuple[str, ...] = ()
    origin: tuple[str, ...] = ()
    topic: tuple[str, ...] = ()


class Subscribed(Value, frozen=True):
    """What a chat remembers of its subscription; after 24 h of silence nothing, for only the desk can open it."""

    token: Token
    scope: Scope = Scope()


UNDER_WAY = frozenset({"running", "paused", "held"})
"""States of an advisory that has begun and is not over."""


class Advisory(Value, frozen=True):
    """A message to all subscribers whom it concerns, in their language. `texts`: language -> text.

    `state`: asked (waits for another admin's yes), planned (for a time), running, paused (nobody is unlocked, so nobody
    can be reached), held (an admin paused it), done, stopped (on its way: what is out is out), void (never sent), or
    altered (no longer what was approved, and so not sent on). `left`: subscriptions in these languages that have not
    been looked at yet, and deliveries under way. `blocked`: how many of those that `failed` are chats out of reach.

    `at`: when it is to go out; None as soon as it is approved. `until`: when the question to the others ends.
    `approver`: who said yes. `begun`, `before`: when it began or went on last, and how many had been tried by then.
    `of`: the one whose copies this changes, where they stand: those in the languages of its `texts` are corrected, and
    with `drop` all others deleted (without texts: taken back). Then `sent` counts what was changed, `first` is the day
    that its readers see, and `turn` its place among all that changed the same copies, once it has begun.
    `copies`: how many copies of one can still be changed. `salt` keeps its name (`handlers.approved`) from telling its
    words.
    """

    id: AdvisoryId
    number: int
    texts: dict[str, str]
    author: MemberId
    created: datetime
    state: str = "running"
    sent: int = 0
    failed: int = 0
    blocked: int = 0
    left: int = 0
    scope: Scope = Scope()
    salt: str = ""
    at: datetime | None = None
    until: datetime | None = None
    approver: MemberId = MemberId("")
    begun: datetime | None = None
    before: int = 0
    of: AdvisoryId = AdvisoryId("")
    drop: bool = False
    first: datetime | None = None
    turn: int = 0
    copies: int = 0

    @property
    def day(self) -> datetime:
        """The day that its readers see: for which it was planned, or on which it was asked for."""
        return self.first or self.at or self.created

    @property
    def deletes(self) -> bool:
        """Whether it takes another one back."""
        return bool(self.of) and not self.texts
