"""The team, and the ways in."""

from datetime import datetime
from enum import StrEnum

from handlers.model.ids import Address, MemberId, Value


class Door(StrEnum):
    """Which bot a chat came through: with a second bot, staff commands exist only there."""

    FRONT = "front"
    DESK = "desk"
    BOTH = "both"


class Role(StrEnum):
    REPORTER = "reporter"
    NEWCOMER = "newcomer"
    """Has joined by an invitation and waits for approval."""
    SUSPENDED = "suspended"
    """Was let in, and may do nothing until an admin ends it."""
    RESPONDER = "responder"
    ADMIN = "admin"


class Barred(StrEnum):
    """Why somebody who was let in is not active. Who has left stays as a name, for what they did is on record."""

    SUSPENDED = "suspended"
    REVOKED = "revoked"


class Hours(Value, frozen=True):
    """A week of shifts in somebody's own time, and the hours in which nothing but P1 may ring.

    `zone`: an IANA name, or an offset as "+05:30". `days`: 0 is Monday; a shift belongs to the day on which it begins.
    It begins and ends on whole hours; one that ends where it begins lasts a day. `quiet`: first hour and the one after
    the last, every night.
    """

    zone: str = "UTC"
    days: tuple[int, ...] = ()
    begin: int = 9
    end: int = 17
    quiet: tuple[int, int] | None = None


class Member(Value, frozen=True):
    """Somebody on the team. `role` is what they become when they are active.

    `on_duty`: their wish; it holds `until` a time when they keep `hours`, else until it is changed (`handlers.duty`).

    `communities`: the countries that they, or their families, come from (ISO 3166-1 alpha-2), as an admin gave them;
    none means that nobody has said. `languages`: those that they can work in, beside the one that they read here.
    `again`: was let in before, and has or awaits a new key. `awaits` names the only invitation by which they come back.
    `next_wrap`: under a new passphrase that they have not noted yet. `proven`: the passphrase that they have now has
    opened their keys at least once.
    """

    id: MemberId
    address: Address
    role: Role
    name: str
    language: str = "en"
    active: bool = False
    on_duty: bool = True
    founder: bool = False
    public: bytes = b""
    wrap: bytes = b""
    fingerprint: tuple[str, ...] = ()
    failures: tuple[datetime, ...] = ()
    communities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    barred: Barred | None = None
    again: bool = False
    awaits: str = ""
    next_wrap: bytes = b""
    proven: bool = False
    hours: Hours | None = None
    until: datetime | None = None
    revision: int = 0

    @property
    def waiting(self) -> bool:
        """Has a key, and waits for an admin's word."""
        return bool(self.public) and not self.active and self.barred is None

    @property
    def zone(self) -> str:
        """Their own time zone, as far as their roster tells it (`Hours.zone`)."""
        return (self.hours or Hours()).zone

    def speaks(self, language: str) -> bool:
        """Whether they can work in it."""
        return language == self.language or language in self.languages


class Ended(StrEnum):
    """Why an invitation leads nowhere any more."""

    USED = "used"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class Invitation(Value, frozen=True):
    """A one-time way in. It carries no key; its secret is stored as a keyed hash.

    `awaits`: it leads back to the membership that awaits it (`Member.awaits`), and makes no new one. `languages`: as
    `Member.languages`. `id` names it where its secret must not stand. One that has `ended` is kept for a while, without
    what it would have given, so that whoever comes with it hears why it is of no use; `tried`: somebody did.
    """

    role: Role
    name: str
    expires: datetime
    founder: bool = False
    communities: tuple[str, ...] = ()
    awaits: str = ""
    languages: tuple[str, ...] = ()
    id: str = ""
    ended: Ended | None = None
    tried: bool = False

    def over(self, now: datetime) -> Ended | None:
        """Why it leads nowhere now; None while it does."""
        return self.ended or (Ended.EXPIRED if self.expires <= now else None)

    def closed(self, ended: Ended) -> "Invitation":
        """The same, good for nothing."""
        return Invitation(self.role, self.name, self.expires, id=self.id, ended=ended, tried=self.tried)


class Board(Value, frozen=True):
    """The team's group, where cases stand as cards without content (`handlers.board`).

    `address`: where the cards go, the group or one topic of it; `group`: the whole group. `language`: of the cards.
    """

    address: Address
    group: Address
    language: str = "en"
