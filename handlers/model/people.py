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
    RESPONDER = "responder"
    ADMIN = "admin"


class Member(Value, frozen=True):
    """Somebody on the team. `role` is what they become when they are active.

    `communities`: the countries that they, or their families, come from (ISO 3166-1 alpha-2), as an admin gave them;
    none means that nobody has said.
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
    revision: int = 0


class Invitation(Value, frozen=True):
    """A one-time way in. It carries no key; its secret is stored as a keyed hash."""

    role: Role
    name: str
    expires: datetime
    founder: bool = False
    communities: tuple[str, ...] = ()
