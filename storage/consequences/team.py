"""The team: invitations, members and their keys; the desk's key, group, export; the end of all keys."""

from handlers import duty
from handlers.model import (
    Admins,
    Enrol,
    FoundPool,
    GrantPool,
    Invitation,
    Invite,
    KeepInvitation,
    Lock,
    Member,
    MemberId,
    Panic,
    PutBoard,
    PutExport,
    PutMember,
    Rekey,
    RemoveMember,
    Rewrap,
    Ungrant,
    Unlock,
)
from storage import members, pool
from storage.consequences.scene import Consequences, Scene, post
from storage.grants import member_name, recovery_name
from storage.outbox import NOBODY, Priority
from storage.panic import Order
from storage.tables import Lane


class NoSuchMember(LookupError):
    """An effect named a member who is not on the team, or has no key yet."""


class NoSuchInvitation(LookupError):
    """An effect changes an invitation that its event did not want."""


def _turn_key(scene: Scene, effect: Enrol | Rewrap | Unlock) -> None:
    """Before all downloads that wait: many files must not keep the desk locked."""
    post(scene, Lane.ERRANDS, scene.address, effect, priority=Priority.URGENT)


def _lock(scene: Scene, effect: Lock) -> None:
    """At once: a lock that comes too early does no harm. And after the commit, for who unlocks in between."""
    scene.sessions.lock(effect.member)
    scene.ledger.locked.add(effect.member)


def _invite(scene: Scene, effect: Invite) -> None:
    _store_invitation(scene, members.invitation_hash(scene.scribe, effect.secret), effect.invitation)


def _keep_invitation(scene: Scene, effect: KeepInvitation) -> None:
    known = scene.view.invitations.items()
    hashed = next((key for key, each in known if each.id == effect.invitation.id), None)
    if hashed is None:
        raise NoSuchInvitation
    _store_invitation(scene, hashed, effect.invitation)


def _store_invitation(scene: Scene, hashed: bytes, invitation: Invitation) -> None:
    scene.view.invitations[hashed] = invitation
    scene.ledger.invitations[hashed] = members.invitation_row(scene.scribe, invitation, hashed)


def _put_member(scene: Scene, effect: PutMember) -> None:
    scene.view.put_member(effect.member)
    scene.ledger.members.add(effect.member.id)


def _remove_member(scene: Scene, effect: RemoveMember) -> None:
    scene.sessions.lock(effect.member)
    scene.view.remove_member(effect.member)
    scene.ledger.members.add(effect.member)
    scene.ledger.removed.add(effect.member)


def _put_board(scene: Scene, effect: PutBoard) -> None:
    scene.view.put_board(effect.board)
    scene.ledger.board = effect


def _put_export(scene: Scene, effect: PutExport) -> None:
    scene.view.put_export(effect.export)
    scene.ledger.export = effect


def _found_pool(scene: Scene, effect: FoundPool) -> None:
    scene.view.pool, rows = pool.found(scene.scribe, _keyed(scene, effect.member))
    scene.ledger.pool = scene.view.pool
    scene.ledger.grants.extend(rows)
    scene.view.show_shift()


def _grant_pool(scene: Scene, effect: GrantPool) -> None:
    member = _keyed(scene, effect.member)
    scene.ledger.grants.extend(pool.grant(scene.scribe, scene.view.pool, scene.session, member))
    scene.ledger.granted = scene.view.pool


def _ungrant(scene: Scene, effect: Ungrant) -> None:
    scene.ledger.ungranted.add(member_name(effect.member))


def _rekey(scene: Scene, effect: Rekey) -> None:
    """Nobody but the active get the new key: who is suspended is granted it when that ends."""
    if scene.view.pool is None:
        raise pool.NotFounded
    team = [each for each in scene.view.people.everybody() if each.active and each.id != effect.member]
    scene.view.pool, rows = pool.turned(scene.scribe, scene.view.pool, team)
    scene.ledger.pool = scene.view.pool
    scene.ledger.grants.extend(rows)
    if effect.member:
        scene.ledger.removed.add(effect.member)
    if effect.recovery:
        scene.ledger.ungranted.add(recovery_name(effect.recovery))
    post(scene, Lane.ERRANDS, NOBODY, effect)


def _panic(scene: Scene, effect: Panic) -> None:
    """After the commit, by the process that holds the keys: nothing of it waits in the outbox, where ten slow downloads
    could be before it, and a backup could bring it back.
    """
    admins = duty.meant(Admins(), scene.view.people.everybody(), scene.now, scene.offset)
    scene.ledger.ordered = Order(effect, tuple((each.address, each.language) for each in admins))


def _keyed(scene: Scene, id_: MemberId) -> Member:
    member = scene.view.people.get(id_)
    if member is None or not member.public:
        raise NoSuchMember
    return member


CONSEQUENCES: Consequences = {
    Enrol: _turn_key,
    Rewrap: _turn_key,
    Unlock: _turn_key,
    Lock: _lock,
    Invite: _invite,
    KeepInvitation: _keep_invitation,
    PutMember: _put_member,
    RemoveMember: _remove_member,
    PutBoard: _put_board,
    PutExport: _put_export,
    FoundPool: _found_pool,
    GrantPool: _grant_pool,
    Ungrant: _ungrant,
    Rekey: _rekey,
    Panic: _panic,
}
