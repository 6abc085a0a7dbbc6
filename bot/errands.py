"""Errands: what takes long or isn't a word. Files both ways, pictures, keys, menus, discarded files, the steps of an
advisory.

They have a lane of their own in the outbox, so that no message ever waits for them. What comes of one is an event.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from bot import logs
from bot.bundles import Bundles
from bot.cleaning.cleaner import Cleaner
from bot.clock import Clock
from bot.copies import Copies
from bot.i18n import Catalogue
from bot.languages import SOURCE
from bot.messenger import HasMenus, Menu, Messenger, Rejected, RetryLater, TooSlow, Unreachable
from bot.pictures import Pictures
from handlers.menus import MENUS
from handlers.model import (
    Address,
    Advise,
    BlobId,
    Discard,
    Download,
    Downloaded,
    Enrol,
    Enrolled,
    Picture,
    Rekey,
    Rewrap,
    Rewrapped,
    Role,
    SendBundle,
    SendExport,
    SendFile,
    SetMenu,
    StoredFile,
    Stretch,
    Stretched,
    Unlock,
    Unlocked,
)
from storage.blobs import Blobs
from storage.database import Database
from storage.dispatch import Done, Later
from storage.errors import TooLarge
from storage.outbox import Errand
from storage.pairs import new_pair, spoken
from storage.passphrase import new_passphrase
from storage.pool import Locked
from storage.sessions import Sessions
from storage.tables import Lane
from storage.vault import Vault

STEP = timedelta(milliseconds=200)
"""Between two steps of an advisory."""
STRETCHING = 1
"""Codes stretched at once: however many people report or type codes, that takes one core, and the rest stays free."""
LOCKED = timedelta(seconds=15)
"""Until what goes on in steps looks again whether somebody has unlocked, or a fault has passed."""


DOWNLOAD_TRIES = 300
"""How often a file is asked for while its messenger is out of reach: with the courier's pauses about a day, after
which an unsent report is forgotten anyway."""
SLOW_TRIES = 5
"""How often a file that comes too slowly is begun anew."""


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
        self._stretching = asyncio.Semaphore(STRETCHING)
        for_partners = Bundles(tools.database, tools.messengers, tools.catalogues)
        self._kinds: dict[type, Callable[[Errand, Any], Awaitable[Done | Later]]] = {
            Download: self._download,
            SendFile: Copies(tools.database, tools.messengers, tools.blobs, tools.cleaner, tools.clock).send,
            SendBundle: for_partners.send,
            SendExport: for_partners.send,
            Picture: Pictures(tools.database, tools.messengers, tools.catalogues).send,
            Enrol: self._enrol,
            Rewrap: self._rewrap,
            Unlock: self._unlock,
            Stretch: self._stretch,
            SetMenu: self._set_menu,
            Discard: self._discard,
            Advise: self._advise,
            Rekey: self._rekey,
        }

    async def carry_out(self, errand: Errand) -> Done | Later:
        return await self._kinds[type(errand.effect)](errand, errand.effect)

    async def _download(self, errand: Errand, effect: Download) -> Done:
        """Fetch and seal. What can't be had, or not within any reasonable time, comes back with its fault."""
        source, file, fault = effect.source, None, ""
        try:
            file = await self._fetched(errand.address, effect)
        except TooLarge:
            fault = "large"
        except (Rejected, Unreachable) as refused:
            reason = refused.reason if isinstance(refused, Rejected) else "unreachable"
            logs.event("file.refused", reason=reason)
            fault = "large" if reason == "large" else "gone"
        except RetryLater as later:
            if errand.attempts < (SLOW_TRIES if isinstance(later, TooSlow) else DOWNLOAD_TRIES):
                raise
            fault = "gone"
        return Done(errand.id, event=Downloaded(source, file, fault or ("" if file else "empty"), effect.case))

    async def _fetched(self, address: Address, effect: Download) -> StoredFile | None:
        """The sealed file; None for an empty one. Raises TooLarge, MessengerError."""
        source, blobs = effect.source, self._tools.blobs
        if source.size > blobs.limit:  # the messenger's own word for it saves the way
            raise TooLarge
        stored = await blobs.write(self._bytes(address, effect))
        if stored.size == 0:
            await blobs.delete(stored.blob)
            return None
        sealed = (stored.size, stored.sha256)
        return StoredFile(BlobId(stored.blob), stored.key, source.kind, *sealed, source.name, source.mime)

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
        if member is None or not member.active:
            return Done(errand.id)
        until = await self._tools.sessions.unlock(member, effect.passphrase, self._tools.clock())
        now = (await self._tools.database.people()).get(effect.member)
        if now is None or not now.active or now.wrap != member.wrap:  # what was opened is theirs no more
            self._tools.sessions.lock(effect.member)
            return Done(errand.id)
        return Done(errand.id, event=Unlocked(effect.member, until))

    async def _rewrap(self, errand: Errand, effect: Rewrap) -> Done:
        passphrase = new_passphrase()
        wrap = await self._tools.sessions.rewrap(effect.member, passphrase, self._tools.clock())
        return Done(errand.id, event=Rewrapped(effect.member, wrap, passphrase if wrap else ""))

    async def _stretch(self, errand: Errand, effect: Stretch) -> Done:
        async with self._stretching:
            stretched = await asyncio.to_thread(self._tools.vault.stretch, effect.code)
        return Done(errand.id, event=Stretched(stretched, effect.case))

    async def _set_menu(self, errand: Errand, effect: SetMenu) -> Done:
        messenger = self._messenger(errand.address)
        if isinstance(messenger, HasMenus):
            catalogue = self._tools.catalogues.get(effect.language) or self._tools.catalogues[SOURCE]
            await messenger.show_menu(errand.address, menu(effect.role, catalogue))
        return Done(errand.id)

    async def _rekey(self, errand: Errand, effect: Rekey) -> Done | Later:
        return await self._stepped(errand, self._tools.database.regranting.step)

    async def _discard(self, errand: Errand, effect: Discard) -> Done:
        for blob in effect.blobs:
            await self._tools.blobs.delete(blob)
        return Done(errand.id)

    async def _advise(self, errand: Errand, effect: Advise) -> Done | Later:
        """Those who have left are passed over at each step; what they leave behind is the janitor's."""

        async def step(now: datetime) -> bool:
            fanned = await self._tools.database.broadcast.fan_out(effect.advisory.id, now)
            self._tools.database.outgoing[Lane.WORDS].set()
            return fanned.finished

        return await self._stepped(errand, step, STEP)

    async def _stepped(
        self, errand: Errand, step: Callable[[datetime], Awaitable[bool]], pause: timedelta = timedelta()
    ) -> Done | Later:
        """Until a step is the last: a fault of ours must leave nothing to a key that was taken from somebody, and no
        reader without a warning.
        """
        now = self._tools.clock()
        try:
            finished = await step(now)
        except Locked:
            return Later(errand.id, now + LOCKED, tried=False)
        except Exception as error:
            logs.failure("steps.failed", error, of=type(errand.effect).__name__.lower())
            return Later(errand.id, now + LOCKED)
        return Done(errand.id) if finished else Later(errand.id, now + pause, tried=False)

    def _messenger(self, address: Address) -> Messenger:
        return self._tools.messengers[address.partition(":")[0]]


def menu(role: Role | None, catalogue: Catalogue) -> Menu:
    """A role's commands with their descriptions in one language."""
    return tuple((command, catalogue.text(f"menu.{command}")) for command in MENUS[role]) if role else ()
