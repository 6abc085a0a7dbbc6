"""What each effect asks to be written: one function for each type, one table for all.

An effect is carried out in memory, into the ledger and the view; so the next unit of the batch sees it, and the
database sees all of them at once. The functions stand in the modules that `handlers.model.effects` has: `chats`,
`cases`, `team`, `advisories`; `scene` is what they all work on.
"""

from handlers.model import Effect
from storage.consequences import advisories, cases, chats, team
from storage.consequences.scene import Scene
from storage.consequences.team import NoSuchMember

__all__ = ["CONSEQUENCES", "NoSuchMember", "Scene", "carry_out"]

CONSEQUENCES = chats.CONSEQUENCES | cases.CONSEQUENCES | team.CONSEQUENCES | advisories.CONSEQUENCES


def carry_out(scene: Scene, effect: Effect) -> None:
    """Take an effect into the batch. Raises Locked, NoSuchMember, NoSuchInvitation, NotAKey, NoRecoveryKey."""
    CONSEQUENCES[type(effect)](scene, effect)
