"""For whom an effect is: looked up when it is carried out, never in a handler."""

from handlers.model.cases import Clearance
from handlers.model.ids import Address, CaseId, MemberId, Tagged
from handlers.program import Circle


class OnDuty(Tagged, frozen=True):
    """Everybody on shift, of those who may know of a case (`handlers.permissions.cleared`)."""

    clearance: Clearance = Clearance()


class Team(Tagged, frozen=True):
    """Every active member, of those who may know of a case."""

    clearance: Clearance = Clearance()


class Admins(Tagged, frozen=True):
    """Every active admin."""


class Called(Tagged, frozen=True):
    """Whom a case that waits calls, each once: those of these circles who may know of it, besides some.

    Those who have `seen` it want no more pages. When the circles mean nobody but its holder, the admins are called, and
    when none of them may know of it, everybody who may. `case` and `language` find the second responder.
    """

    circles: tuple[Circle, ...]
    clearance: Clearance = Clearance()
    holder: MemberId = MemberId("")
    seen: tuple[MemberId, ...] = ()
    case: CaseId = CaseId("")
    language: str = ""


class Staff(Tagged, frozen=True):
    """One member, wherever they can be reached."""

    member: MemberId


Audience = Address | Staff | OnDuty | Called | Team | Admins
