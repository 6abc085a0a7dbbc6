"""What leaves the house for a partner: to whom, marked how, and who agreed to it."""

from datetime import datetime
from enum import StrEnum

from handlers.model.ids import MemberId, PartId, Tagged, Value


class Marking(StrEnum):
    """How far a partner may pass on what they get: of the Traffic Light Protocol, version 2.0 (FIRST), the narrow half.

    Nothing of a case is for everybody, so GREEN and CLEAR are not offered.
    """

    RED = "RED"
    STRICT = "AMBER+STRICT"
    AMBER = "AMBER"


class Partner(Value, frozen=True):
    """An organisation that people may agree to share with. `recipient`: their key, as age writes it.

    `spoken`: four words that name the key, to be compared by voice (`storage.pairs.spoken`).
    """

    id: str
    name: str
    language: str
    recipient: str
    spoken: str


class Bundle(Tagged, frozen=True):
    """What a member chose to give a partner of a case; the newest of theirs counts.

    `words`: for each of the reporter's messages, in order, what is given of it; empty for nothing, as is what comes
    after the last. `summary`: the member's own words; None until they were asked for.
    """

    partner: str
    words: tuple[str, ...] = ()
    summary: str | None = None
    marking: Marking = Marking.STRICT


class Share(Value, frozen=True):
    """A bundle (`part`) waits for a second person's yes to exactly these bytes; `allowed`: who gave it."""

    part: PartId
    by: MemberId
    until: datetime
    digest: str
    allowed: MemberId = MemberId("")


class Passed(Tagged, frozen=True):
    """What a partner was given of a case, for an export to the same one: bundle.json as two agreed to it, without the
    reporter's words. The newest of a partner counts.
    """

    partner: str
    content: str


class Order(Value, frozen=True):
    """What an export holds (`handlers.desk.exported`): for which partner, what, and of which months ("2026-01"), the
    first and the last included.
    """

    partner: str
    what: str
    first: str
    last: str

    @property
    def name(self) -> str:
        """As a button carries it."""
        return ".".join((self.partner, self.what, self.first, self.last))


class Export(Value, frozen=True):
    """One admin asks for an export; it waits for another's yes to exactly these bytes; `allowed`: who gave it."""

    order: Order
    by: MemberId
    until: datetime
    digest: str
    allowed: MemberId = MemberId("")


class Given(Value, frozen=True):
    """To which partner (`Partner.id`) a case was given, and on which day."""

    partner: str
    day: datetime
