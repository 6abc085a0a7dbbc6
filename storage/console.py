"""What is done at the server and not in a chat: the same effects, without an event that they follow from."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from handlers.model import Conversation, Desk, Outcome
from storage import ledger, pool
from storage.consequences import Scene, carry_out
from storage.ledger import Known, Ledger
from storage.members import People
from storage.outbox import NOBODY
from storage.scribe import Scribe
from storage.sessions import Session, Sessions
from storage.view import View


async def act(
    connection: AsyncConnection,
    scribe: Scribe,
    sessions: Sessions,
    people: People,
    outcome: Outcome,
    session: Session | None,
    now: datetime,
) -> None:
    """Carry out effects and audit lines; there is no conversation and no case. Raises Locked, ChangedMeanwhile."""
    view = View(people, Desk("", ()))
    view.pool = await pool.current(connection, scribe)
    scene = Scene(
        scribe=scribe,
        ledger=Ledger(entries=list(outcome.audit)),
        view=view,
        sessions=sessions,
        session=session,
        now=now,
        offset=lambda zone, at: timedelta(),
        address=NOBODY,
        conversation=Conversation(),
    )
    for effect in outcome.effects:
        carry_out(scene, effect)
    await ledger.write(connection, scribe, scene.ledger, Known(people, {}, {}), now)
