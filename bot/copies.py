"""Files of a case on their way to the people who read it: a copy without metadata, or the original if asked for.

The copy is made when it is wanted and lives in memory until it is sent; the original stays sealed. A name that the
sender gave goes nowhere: a file is called after its case.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

from bot import logs
from bot.cleaning.cleaner import CantClean, Cleaner
from bot.cleaning.content import HEAD, claims, type_of
from bot.clock import Clock
from bot.messenger import Messenger, Rejected, Upload
from handlers.model import Address, FileKind, SendFile, StoredFile, Uncleanable, Uncleaned
from storage.blobs import Blobs, Stored
from storage.database import Database
from storage.dispatch import Done, Later
from storage.errors import BlobMissing, Damaged
from storage.outbox import Errand

WAIT = timedelta(seconds=1)
"""Until a file is looked at again when enough others are being cleaned. Downloads go on meanwhile."""
_SHOWN_AS = {
    FileKind.PHOTO: ("jpg", "png", "webp"),
    FileKind.VOICE: ("ogg",),
    FileKind.VIDEO: ("mp4",),
    FileKind.AUDIO: ("mp3",),
}
"""What a messenger shows as more than a document, and in which formats."""


class Copies:
    """Sends files to members. What is raised is a `MessengerError`, or a bug."""

    def __init__(
        self, database: Database, messengers: Mapping[str, Messenger], blobs: Blobs, cleaner: Cleaner, clock: Clock
    ) -> None:
        self._database, self._messengers, self._blobs = database, messengers, blobs
        self._cleaner, self._clock = cleaner, clock

    async def send(self, errand: Errand, effect: SendFile) -> Done | Later:
        """Send it. What can't be cleaned, or not be sent for good, comes back as `Uncleaned`.

        To somebody who was removed meanwhile nothing is sent; what was on its way just then is taken back.
        """
        if effect.cleaned and self._cleaner.busy:
            return Later(errand.id, self._clock() + WAIT, tried=False)
        try:
            upload = await (self._copy(effect) if effect.cleaned else self._original(effect))
            if not await self._here(errand.address):
                return Done(errand.id)
            message = await self._messenger(errand.address).send_file(errand.address, upload, protect=True)
        except CantClean as refused:
            return _unsent(errand, effect, refused.reason)
        except (BlobMissing, Damaged) as lost:
            logs.failure("file.lost", lost)
            return _unsent(errand, effect, Uncleanable.GONE)
        except Rejected as refused:
            logs.event("message.rejected", reason=refused.reason)
            return _unsent(errand, effect, Uncleanable.REFUSED)
        if not await self._here(errand.address):
            await self._messenger(errand.address).delete(errand.address, (message,))
            return Done(errand.id)
        return Done(errand.id, (message,))

    async def _here(self, address: Address) -> bool:
        """Whether this is the chat of an active member."""
        member = (await self._database.people()).at(address)
        return member is not None and member.active

    async def _copy(self, effect: SendFile) -> Upload:
        file = effect.file
        copy = await self._cleaner.clean(self._content(file), claims(file))
        kind = file.kind if copy.ending in _SHOWN_AS.get(file.kind, ()) else FileKind.DOCUMENT
        name = f"{effect.name}.{copy.ending}"
        return Upload(kind, name, copy.mime, len(copy.data), lambda: _whole(copy.data))

    async def _original(self, effect: SendFile) -> Upload:
        """A document to the byte, of no stated type, so that nothing opens it unasked."""
        file = effect.file
        head = await anext(self._content(file), b"")
        name = f"{effect.name}.{type_of(head[:HEAD]) or 'bin'}"
        return Upload(FileKind.DOCUMENT, name, "", file.size, lambda: self._content(file))

    def _content(self, file: StoredFile) -> AsyncIterator[bytes]:
        return self._blobs.read(Stored(file.blob, file.key, file.size, file.digest))

    def _messenger(self, address: Address) -> Messenger:
        return self._messengers[address.partition(":")[0]]


def _unsent(errand: Errand, effect: SendFile, reason: Uncleanable) -> Done:
    return Done(errand.id, event=Uncleaned(effect.about, effect.part, reason))


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data
