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


class Advisory(Value, frozen=True):
    """A message to all subscribers whom it concerns, in their language. `texts`: language -> text.

    `state`: running, paused (nobody is unlocked, so nobody can be reached), or done. `left`: subscriptions in these
    languages that have not been looked at yet, and deliveries under way.
    """

    id: AdvisoryId
    number: int
    texts: dict[str, str]
    author: MemberId
    created: datetime
    state: str = "running"
    sent: int = 0
    failed: int = 0
    left: int = 0
    scope: Scope = Scope()
