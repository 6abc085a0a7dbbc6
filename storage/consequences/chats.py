"""What is said, changed, taken away, sent and fetched goes to the outbox; a timer to the inbox."""

from msgspec.structs import replace

from handlers import duty
from handlers.model import (
    Address,
    Clear,
    Delete,
    Download,
    Edit,
    Keep,
    Picture,
    Send,
    SendBundle,
    SendExport,
    SendFile,
    SetMenu,
    SetTimer,
    Withdraw,
)
from storage import chats, inbox
from storage.consequences.scene import Consequences, Scene, post
from storage.outbox import UTC, Priority
from storage.tables import Lane


def _say(scene: Scene, effect: Send | Edit) -> None:
    """One row for each reader: the team by audience, in their own languages; anybody else by address."""
    for address, spoken, zone in _readers(scene, effect):
        said = replace(effect, silent=True) if _is_quiet(scene, effect, address) else effect
        post(scene, Lane.WORDS, address, said, effect.language or spoken, _priority(effect), zone)


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
        post(scene, Lane.ERRANDS, address, effect)


def _send_bundle(scene: Scene, effect: SendBundle | SendExport) -> None:
    post(scene, Lane.ERRANDS, effect.to, effect)


def _picture(scene: Scene, effect: Picture) -> None:
    """Among the errands, for it takes seconds to draw; somebody waits for it."""
    post(scene, Lane.ERRANDS, effect.to, effect, _language_of(scene, effect.to), Priority.SOON)


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


def _take_away(scene: Scene, effect: Delete | Clear) -> None:
    post(scene, Lane.WORDS, effect.to, effect, priority=_priority(effect))


def _withdraw(scene: Scene, effect: Withdraw) -> None:
    for address, *_ in _readers(scene, effect):
        post(scene, Lane.WORDS, address, effect)


def _keep(scene: Scene, effect: Keep) -> None:
    """The message is in the ledger already, as what this event is."""
    ref = chats.ref_of(scene.scribe, scene.address, effect.message)
    for row in scene.ledger.messages:
        if row["ref"] == ref:
            row["slot"] = chats.slot_of(scene.scribe, scene.address, effect.slot)


def _fetch(scene: Scene, effect: Download) -> None:
    post(scene, Lane.ERRANDS, scene.address, effect)


def _set_menu(scene: Scene, effect: SetMenu) -> None:
    post(scene, Lane.ERRANDS, effect.to, effect, effect.language)


def _set_timer(scene: Scene, effect: SetTimer) -> None:
    row = inbox.timer(scene.scribe, scene.address, effect, scene.now)
    scene.ledger.timers[row["mark"]] = row


CONSEQUENCES: Consequences = {
    Send: _say,
    Edit: _say,
    SendFile: _send_file,
    SendBundle: _send_bundle,
    SendExport: _send_bundle,
    Picture: _picture,
    Delete: _take_away,
    Clear: _take_away,
    Withdraw: _withdraw,
    Keep: _keep,
    Download: _fetch,
    SetMenu: _set_menu,
    SetTimer: _set_timer,
}
