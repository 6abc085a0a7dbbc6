"""What each effect asks to be written: one function for each type, one table for all.

An effect is carried out in memory, into the ledger and the view; so the next unit of the batch sees it, and the
database sees all of them at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from handlers import duty, waits
from handlers.model import (
    Address,
    Advise,
    Ban,
    Clear,
    Conversation,
    Delete,
    Discard,
    Download,
    Edit,
    Effect,
    Enrol,
    Erase,
    FoundPool,
    GrantPool,
    Invitation,
    Invite,
    Keep,
    KeepCode,
    KeepInvitation,
    KeepToken,
    Lock,
    MemberId,
    Merge,
    Offset,
    OpenCase,
    Picture,
    PutBoard,
    PutMember,
    Rekey,
    RemoveMember,
    Rewrap,
    Seal,
    Send,
    SendBundle,
    SendFile,
    SetMenu,
    SetTimer,
    Stretch,
    Subscribe,
    Ungrant,
    Unlink,
    Unlock,
    Unsubscribe,
    Withdraw,
)
from handlers.model.people import Member
from storage import advisories, cases, chats, inbox, members, outbox, pool, readers
from storage.ledger import Ledger
from storage.outbox import NOBODY, UTC, Priority
from storage.scribe import Scribe
from storage.sessions import Session, Sessions
from storage.tables import Lane
from storage.view import View


class NoSuchMember(LookupError):
    """An effect named a member who is not on the team, or has no key yet."""


class NoSuchInvitation(LookupError):
    """An effect changes an invitation that its event did not want."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Where an effect takes place: the chat that it comes from, and the batch around it."""

    scribe: Scribe
    ledger: Ledger
    view: View
    sessions: Sessions
    session: Session | None
    now: datetime
    offset: Offset
    address: Address
    conversation: Conversation
    urgent: bool = False


def carry_out(scene: Scene, effect: Effect) -> None:
    """Take an effect into the batch. Raises Locked, NoSuchMember, NoSuchInvitation, NotAKey, NoRecoveryKey."""
    CONSEQUENCES[type(effect)](scene, effect)


def _say(scene: Scene, effect: Send | Edit) -> None:
    """One row for each reader: the team by audience, in their own languages; anybody else by address."""
    for address, spoken, zone in _readers(scene, effect):
        said = replace(effect, silent=True) if _is_quiet(scene, effect, address) else effect
        _post(scene, Lane.WORDS, address, said, effect.language or spoken, _priority(effect), zone)


def _is_quiet(scene: Scene, effect: Send | Edit, address: Address) -> bool:
    """Whether a call to the team comes in this reader's quiet hours; what answers somebody is no call."""
    if not isinstance(effect, Send) or effect.wakes or isinstance(effect.to, str):
        return False
    member = scene.view.people.at(address)
    return member is not None and duty.quiet(member, scene.now, scene.offset)


def _priority(effect: Send | Edit | Clear | Delete) -> Priority:
    return Priority.URGENT if effect.urgent else Priority.NORMAL


def _send_file(scene: Scene, effect: SendFile) -> None:
    """Among the errands: it is cleaned first, and no word waits for that."""
    for address, *_ in _readers(scene, effect):
        _post(scene, Lane.ERRANDS, address, effect)


def _send_bundle(scene: Scene, effect: SendBundle) -> None:
    _post(scene, Lane.ERRANDS, effect.to, effect)


def _picture(scene: Scene, effect: Picture) -> None:
    """Among the errands, for it takes seconds to draw; somebody waits for it."""
    _post(scene, Lane.ERRANDS, effect.to, effect, _language_of(scene, effect.to), Priority.SOON)


def _readers(scene: Scene, effect: Send | Edit | SendFile | Withdraw) -> list[tuple[Address, str, str]]:
    """Where each is reached, in which language, and by which time zone they read times."""
    if isinstance(effect.to, str):
        return [(effect.to, _language_of(scene, effect.to), _zone_of(scene, effect.to))]
    meant = duty.meant(effect.to, scene.view.people.everybody(), scene.now, scene.offset)
    return [(member.address, member.language, member.zone) for member in meant]


def _language_of(scene: Scene, address: Address) -> str:
    """A chat's own choice counts before a member's; of a chat that is not speaking we know none."""
    if address == scene.address and scene.conversation.language:
        return scene.conversation.language
    member = scene.view.people.at(address)
    return member.language if member else ""


def _zone_of(scene: Scene, address: Address) -> str:
    """A member's own. Of anybody else's chat, and of the team's group, none is known."""
    member = scene.view.people.at(address)
    return member.zone if member else UTC


def _take_away(scene: Scene, effect: Delete) -> None:
    _post(scene, Lane.WORDS, effect.to, effect, priority=_priority(effect))


def _clear(scene: Scene, effect: Clear) -> None:
    _post(scene, Lane.WORDS, effect.to, effect, priority=_priority(effect))


def _withdraw(scene: Scene, effect: Withdraw) -> None:
    for address, *_ in _readers(scene, effect):
        _post(scene, Lane.WORDS, address, effect)


def _keep(scene: Scene, effect: Keep) -> None:
    """The message is in the ledger already, as what this event is."""
    ref = chats.ref_of(scene.scribe, scene.address, effect.message)
    for row in scene.ledger.messages:
        if row["ref"] == ref:
            row["slot"] = chats.slot_of(scene.scribe, scene.address, effect.slot)


def _fetch(scene: Scene, effect: Download) -> None:
    _post(scene, Lane.ERRANDS, scene.address, effect)


def _turn_key(scene: Scene, effect: Enrol | Rewrap | Unlock) -> None:
    """Before all downloads that wait: many files must not keep the desk locked."""
    _post(scene, Lane.ERRANDS, scene.address, effect, priority=Priority.URGENT)


def _stretch(scene: Scene, effect: Stretch) -> None:
    """Somebody waits for a typed code, and nobody for a new one: that goes its way among the downloads."""
    waited_for = Priority.NORMAL if effect.case else Priority.SOON
    _post(scene, Lane.ERRANDS, scene.address, effect, priority=waited_for)


def _set_menu(scene: Scene, effect: SetMenu) -> None:
    _post(scene, Lane.ERRANDS, effect.to, effect, effect.language)


def _discard(scene: Scene, effect: Discard) -> None:
    _post(scene, Lane.ERRANDS, NOBODY, effect)


def _set_timer(scene: Scene, effect: SetTimer) -> None:
    row = inbox.timer(scene.scribe, scene.address, effect, scene.now)
    scene.ledger.timers[row["mark"]] = row


def _lock(scene: Scene, effect: Lock) -> None:
    """At once: a lock that comes too early does no harm. And after the commit, for who unlocks in between."""
    scene.sessions.lock(effect.member)
    scene.ledger.locked.add(effect.member)


def _open_case(scene: Scene, effect: OpenCase) -> None:
    holder = pool.holder_of_cases(scene.scribe, scene.view.pool)
    scene.ledger.opened.append(cases.opening(scene.scribe, effect, holder))
    scene.view.change(effect.case)


def _keep_token(scene: Scene, effect: KeepToken) -> None:
    hashed = cases.token_hash(scene.scribe, effect.token)
    scene.ledger.secrets.append(cases.secret_row(scene.scribe, hashed, effect.case))


def _keep_code(scene: Scene, effect: KeepCode) -> None:
    hashed = cases.code_hash(scene.scribe, effect.stretched)
    scene.ledger.secrets.append(cases.secret_row(scene.scribe, hashed, effect.case))


def _seal(scene: Scene, effect: Seal) -> None:
    scene.ledger.sealed.append((effect.case, effect.part))
    scene.view.add_part(effect.case, effect.part)


def _merge(scene: Scene, effect: Merge) -> None:
    for part in effect.parts:
        _seal(scene, Seal(effect.into, part))
    scene.ledger.merged.append(effect)
    scene.ledger.forgotten.append(scene.scribe.chat(waits.chat(effect.gone)))
    scene.view.merge(effect.gone, effect.into)


def _erase(scene: Scene, effect: Erase) -> None:
    scene.ledger.erased.append(effect.case)
    scene.ledger.forgotten.append(scene.scribe.chat(waits.chat(effect.case)))
    scene.view.erase(effect.case)


def _unlink(scene: Scene, effect: Unlink) -> None:
    scene.ledger.unlinked.add(effect.case)


def _ban(scene: Scene, effect: Ban) -> None:
    scene.ledger.bans.append(effect)


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
    scene.ledger.ungranted.add(effect.member)


def _rekey(scene: Scene, effect: Rekey) -> None:
    """Nobody but the active get the new key: who is suspended is granted it when that ends."""
    if scene.view.pool is None:
        raise pool.NotFounded
    team = [each for each in scene.view.people.everybody() if each.active and each.id != effect.member]
    scene.view.pool, rows = pool.turned(scene.scribe, scene.view.pool, team)
    scene.ledger.pool = scene.view.pool
    scene.ledger.grants.extend(rows)
    scene.ledger.removed.add(effect.member)
    _post(scene, Lane.ERRANDS, NOBODY, effect)


def _subscribe(scene: Scene, effect: Subscribe) -> None:
    if scene.view.pool is None:
        raise pool.NotFounded
    if effect.replaces:
        earlier = readers.departure(scene.scribe, scene.view.pool, effect.address, scene.now)
        scene.ledger.replaced.append(earlier)
    scene.ledger.subscribed.append(readers.subscription(scene.scribe, scene.view.pool, effect, scene.now))


def _unsubscribe(scene: Scene, effect: Unsubscribe) -> None:
    """Before there is a desk, nobody can have subscribed."""
    if effect.token:
        scene.ledger.unsubscribed.append(readers.hashed(scene.scribe, effect.token))
    if effect.address and scene.view.pool:
        row = readers.departure(scene.scribe, scene.view.pool, effect.address, scene.now)
        scene.ledger.departed[scene.scribe.chat(effect.address)] = row


def _advise(scene: Scene, effect: Advise) -> None:
    """The next unit of the batch sees it as it is now; what runs has its steps among the errands."""
    scene.view.advisories[effect.advisory.id] = effect.advisory
    scene.ledger.advisories[effect.advisory.id] = effect.advisory
    if effect.advisory.state == advisories.RUNNING:
        _post(scene, Lane.ERRANDS, NOBODY, effect)


def _post(
    scene: Scene,
    lane: Lane,
    address: Address,
    effect: Effect,
    language: str = "",
    priority: Priority = Priority.NORMAL,
    zone: str = UTC,
) -> None:
    """An urgent event's answers to its own chat are urgent, all of them, so that they keep their order."""
    if scene.urgent and address == scene.address:
        priority = Priority.URGENT
    row = outbox.row(scene.scribe, lane, address, effect, scene.now, language, priority, zone=zone)
    scene.ledger.outbox.append(row)


def _keyed(scene: Scene, id_: MemberId) -> Member:
    member = scene.view.people.get(id_)
    if member is None or not member.public:
        raise NoSuchMember
    return member


CONSEQUENCES: dict[type, Callable[[Scene, Any], None]] = {
    Send: _say,
    Edit: _say,
    SendFile: _send_file,
    SendBundle: _send_bundle,
    Picture: _picture,
    Delete: _take_away,
    Clear: _clear,
    Withdraw: _withdraw,
    Keep: _keep,
    Download: _fetch,
    Enrol: _turn_key,
    Rewrap: _turn_key,
    Unlock: _turn_key,
    SetMenu: _set_menu,
    Discard: _discard,
    SetTimer: _set_timer,
    Lock: _lock,
    OpenCase: _open_case,
    Stretch: _stretch,
    KeepToken: _keep_token,
    KeepCode: _keep_code,
    Seal: _seal,
    Merge: _merge,
    Erase: _erase,
    Unlink: _unlink,
    Ban: _ban,
    Invite: _invite,
    KeepInvitation: _keep_invitation,
    PutMember: _put_member,
    RemoveMember: _remove_member,
    PutBoard: _put_board,
    FoundPool: _found_pool,
    GrantPool: _grant_pool,
    Ungrant: _ungrant,
    Rekey: _rekey,
    Subscribe: _subscribe,
    Unsubscribe: _unsubscribe,
    Advise: _advise,
}
