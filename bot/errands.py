"""Errands: what takes long or isn't a word. Files both ways, keys, menus, discarded files, the steps of an advisory.

They have a lane of their own in the outbox, so that no message ever waits for them. What comes of one is an event.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from msgspec import Struct

from bot.cleaning.cleaner import Cleaner
from bot.clock import Clock
from bot.copies import Copies
from bot.i18n import Catalogue
from bot.languages import SOURCE
from bot.messenger import HasMenus, Menu, Messenger, Rejected, Unreachable
from handlers.menus import MENUS
from handlers.model import (
    Address,
    Advise,
    Advisory,
    BlobId,
    Button,
    Day,
    Discard,
    Download,
    Downloaded,
    Effect,
    Enrol,
    Enrolled,
    Message,
    Role,
    Send,
    SendFile,
    SetMenu,
    StoredFile,
    Stretch,
    Stretched,
    Unlock,
    Unlocked,
)
from handlers.speech import signed
from storage.blobs import Blobs
from storage.database import Database
from storage.dispatch import Done, Later
from storage.errors import TooLarge
from storage.outbox import Errand
from storage.pairs import new_pair, spoken
from storage.passphrase import new_passphrase
from storage.pool import Locked
from storage.readers import Reader
from storage.sessions import Sessions
from storage.tables import Lane
from storage.vault import Vault

STEP = timedelta(milliseconds=200)
"""Between two steps of an advisory."""
LOCKED = timedelta(seconds=15)
"""Until an advisory looks again whether somebody has unlocked."""


class Tools(Struct, frozen=True):
    """What errands are done with."""

    database: Database
    sessions: Sessions
    vault: Vault
    blobs: Blobs
    messengers: Mapping[str, Messenger]
    catalogues: Mapping[str, Catalogue]
    clock: Clock
    cleaner: Cleaner


class Errands:
    """Carries out the effects of the outbox's second lane."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._kinds: dict[type, Callable[[Errand, Any], Awaitable[Done | Later]]] = {
            Download: self._download,
            SendFile: Copies(tools.messengers, tools.blobs, tools.cleaner, tools.clock).send,
            Enrol: self._enrol,
            Unlock: self._unlock,
            Stretch: self._stretch,
            SetMenu: self._set_menu,
            Discard: self._discard,
            Advise: self._advise,
        }

    async def carry_out(self, errand: Errand) -> Done | Later:
        return await self._kinds[type(errand.effect)](errand, errand.effect)

    async def _download(self, errand: Errand, effect: Download) -> Done:
        source = effect.source
        if source.size > self._tools.blobs.limit:  # the messenger's own word for it saves the way
            return Done(errand.id, event=Downloaded(source, fault="large", case=effect.case))
        try:
            stored = await self._tools.blobs.write(self._bytes(errand.address, effect))
        except TooLarge:
            return Done(errand.id, event=Downloaded(source, fault="large", case=effect.case))
        except (Rejected, Unreachable) as refused:
            fault = "large" if isinstance(refused, Rejected) and refused.reason == "large" else "gone"
            return Done(errand.id, event=Downloaded(source, fault=fault, case=effect.case))
        if stored.size == 0:
            await self._tools.blobs.delete(stored.blob)
            return Done(errand.id, event=Downloaded(source, fault="empty", case=effect.case))
        file = StoredFile(
            BlobId(stored.blob), stored.key, source.kind, stored.size, stored.sha256, source.name, source.mime
        )
        return Done(errand.id, event=Downloaded(source, file, case=effect.case))

    def _bytes(self, address: Address, effect: Download) -> AsyncIterator[bytes]:
        return self._messenger(address).download(effect.source.file)

    async def _enrol(self, errand: Errand, effect: Enrol) -> Done:
        passphrase = new_passphrase()
        with new_pair() as pair:
            wrap = await asyncio.to_thread(self._tools.vault.wrap, pair.seed, passphrase, effect.member)
            words = await asyncio.to_thread(spoken, pair.public)
        return Done(errand.id, event=Enrolled(effect.member, pair.public, wrap, tuple(words.split()), passphrase))

    async def _unlock(self, errand: Errand, effect: Unlock) -> Done:
        member = (await self._tools.database.people()).get(effect.member)
        if member is None:
            return Done(errand.id)
        until = await self._tools.sessions.unlock(member, effect.passphrase, self._tools.clock())
        return Done(errand.id, event=Unlocked(effect.member, until))

    async def _stretch(self, errand: Errand, effect: Stretch) -> Done:
        """At most as many at once as the courier has places (`courier.WINDOW`), one for each chat."""
        stretched = await asyncio.to_thread(self._tools.vault.stretch, effect.code)
        return Done(errand.id, event=Stretched(stretched, effect.case))

    async def _set_menu(self, errand: Errand, effect: SetMenu) -> Done:
        messenger = self._messenger(errand.address)
        if isinstance(messenger, HasMenus):
            catalogue = self._tools.catalogues.get(effect.language) or self._tools.catalogues[SOURCE]
            await messenger.show_menu(errand.address, menu(effect.role, catalogue))
        return Done(errand.id)

    async def _discard(self, errand: Errand, effect: Discard) -> Done:
        for blob in effect.blobs:
            await self._tools.blobs.delete(blob)
        return Done(errand.id)

    async def _advise(self, errand: Errand, effect: Advise) -> Done | Later:
        now = self._tools.clock()
        await self._tools.database.retention.settle_departures(now)
        try:
            fanned = await self._tools.database.dispatch.fan_out(effect.advisory.id, compose, now)
        except Locked:
            return Later(errand.id, now + LOCKED)
        self._tools.database.outgoing[Lane.WORDS].set()
        return Done(errand.id) if fanned.finished else Later(errand.id, now + STEP)

    def _messenger(self, address: Address) -> Messenger:
        return self._tools.messengers[address.partition(":")[0]]


def menu(role: Role, catalogue: Catalogue) -> Menu:
    """A role's commands with their descriptions in one language."""
    return tuple((command, catalogue.text(f"menu.{command}")) for command in MENUS[role])


def compose(advisory: Advisory, language: str, reader: Reader) -> Effect:
    """An advisory as one reader gets it, with their own way out and under their safe word."""
    day = Day(advisory.created)
    text = advisory.texts[language]
    stop = Button(Message("button.unsubscribe"), "unsub", reader.token)
    message = Message("advisory.text", {"number": advisory.number, "day": day, "text": text}, choices=((stop,),))
    return Send(to=reader.address, message=signed(message, reader.safe_word), language=language)
