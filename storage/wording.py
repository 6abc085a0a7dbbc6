"""What the copies of an advisory say: put in when they go out, for what waits must say what was approved last.

So nothing in the outbox can go out with words that were corrected meanwhile, or of an advisory that was paused, stopped
or changed by somebody.
"""

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy.ext.asyncio import AsyncConnection

from handlers import approved
from handlers.model import Address, Advisory, AdvisoryId, Delete, Edit, Effect, Send
from storage import advisories
from storage.errors import VaultError
from storage.outbox import Copy
from storage.records import UnknownRecord
from storage.scribe import Scribe


class Wording(Struct, frozen=True):
    """`state`: of the one to which copies belong. `sources`: language -> whose words it is in now
    (`handlers.approved.sources`); `turn`: of the last correction among these.
    """

    state: str
    sources: dict[str, Advisory]
    turn: int

    @property
    def goes(self) -> bool:
        """Whether it is on its way."""
        return self.state in advisories.GOING

    def effect(self, address: Address, language: str, copy: Copy) -> Effect | None:
        """A new message; or the change of the one that stands there. None when it is not to be sent any more."""
        source = self.sources.get(language)
        if source is None:
            return Delete(address, copy.messages) if copy.messages else None
        said = approved.copy(source, language, copy.token, copy.safe_word)
        if copy.messages:
            return Edit(address, said, target=copy.messages[-1], language=language)
        return Send(address, said, language=language)


async def load(connection: AsyncConnection, scribe: Scribe, ids: Iterable[str]) -> dict[str, Wording]:
    """Of these advisories, as they stand. One that is not what was approved, or that nobody can read, ends here."""
    return {id_: await _load(connection, scribe, AdvisoryId(id_)) for id_ in sorted(ids)}


async def _load(connection: AsyncConnection, scribe: Scribe, id_: AdvisoryId) -> Wording:
    try:
        family = await advisories.family(connection, scribe, id_)
    except (VaultError, UnknownRecord):
        family = ()
    mine = [each for each in family if each.id == id_]
    if not mine or not all(approved.intact(each) for each in (family[0], *mine)):
        await advisories.alter(connection, id_)
        return Wording(advisories.ALTERED, {}, 0)
    first, *corrections = family
    return Wording(mine[0].state, approved.sources(first, corrections), approved.next_turn(corrections) - 1)
