"""What happens to cases, the codes and tokens that lead to them, to figures, and to those who are not heard again."""

from datetime import datetime

from handlers.model.cases import Case, Part
from handlers.model.counted import Figures
from handlers.model.ids import Address, BlobId, CaseId, Tagged, Token


class OpenCase(Tagged, frozen=True):
    """A new case: its own key pair, granted to the pool; its parts sealed to it; its token kept as a hash."""

    case: Case
    parts: tuple[Part, ...]
    token: Token


class Stretch(Tagged, frozen=True):
    """Make a code slow to guess: a typed one, or that of a new case. Comes back as `Stretched`.

    A typed one does not outlast the process: if it is lost, it is typed again. That of a new case does.
    """

    code: str
    case: CaseId = CaseId("")


class KeepCode(Tagged, frozen=True):
    """A case's code leads to it from now on. Only what stretching made of it is kept, as a hash."""

    case: CaseId
    stretched: str


class KeepToken(Tagged, frozen=True):
    """One more token that leads to a case: for a chat that came back by the code."""

    case: CaseId
    token: Token


class Seal(Tagged, frozen=True):
    """Add a part to a case."""

    case: CaseId
    part: Part


class Merge(Tagged, frozen=True):
    """One case becomes part of another: its parts go there with their files, and whatever led to it leads there.

    `ref` is the reference of the one that is gone. The parts need new ids.
    """

    into: CaseId
    gone: CaseId
    ref: str
    parts: tuple[Part, ...]


class Erase(Tagged, frozen=True):
    """Remove a case: parts, grants, secrets and files. A line in the audit chain remains."""

    case: CaseId


class Unlink(Tagged, frozen=True):
    """Remove from a case where its reporter can be reached. What leads from them to it stays: their code."""

    case: CaseId


class Discard(Tagged, frozen=True):
    """Remove sealed files that no case will hold."""

    blobs: tuple[BlobId, ...]


class Ban(Tagged, frozen=True):
    """Set aside what this sender reports, until a time; None hears them again."""

    sender: Address
    until: datetime | None


class KeepFigures(Tagged, frozen=True):
    """From now on this is what is said of its quarter, unless something was said before."""

    figures: Figures


OfCases = OpenCase | Stretch | KeepCode | KeepToken | Seal | Merge | Erase | Unlink | Discard | Ban | KeepFigures
