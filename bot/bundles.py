"""The file for a partner: put together in memory, sealed to their key, sent to the member who passes it on.

Of one case a tar of bundle.json, summary.md and uwazi.csv, of several one of uwazi.csv or figures.csv alone
(docs/formats.md), filled with zeros to a Padmé size, so that its length says little. It can be forwarded and saved,
unlike what we show of a case: that is what it is for, and nobody but the partner can open it.
"""

import io
import re
import tarfile
from collections.abc import AsyncIterator, Mapping

from msgspec.structs import replace

from bot import uwazi
from bot.i18n import Catalogue
from bot.languages import SOURCE
from bot.messenger import Messenger, Upload
from bot.publishing import as_csv
from bot.render import plain
from handlers.model import Address, CaseId, ConsentId, FileKind, Message, SendBundle, SendExport
from storage import age
from storage.database import Database
from storage.dispatch import Done
from storage.outbox import Errand
from storage.padding import padme
from storage.recovery import parse_partner

FLOOR = 1 << 15
"""Bytes: the smallest tar. Most reports fit, and then all look alike."""
FIGURES = "figures.csv"
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|!])")


class Bundles:
    """Seals and sends. What is raised is a `MessengerError`, or a bug."""

    def __init__(
        self, database: Database, messengers: Mapping[str, Messenger], catalogues: Mapping[str, Catalogue]
    ) -> None:
        self._database, self._messengers, self._catalogues = database, messengers, catalogues

    async def send(self, errand: Errand, effect: SendBundle | SendExport) -> Done:
        """Send it, if each reporter still agrees; it is taken back if one stopped agreeing while it was on its way."""
        if not await self._may(errand.address, effect):
            return Done(errand.id)
        language = effect.partner.language
        file = packed(effect, self._catalogues.get(language) or self._catalogues[SOURCE])
        upload = Upload(FileKind.DOCUMENT, f"{effect.name}.age", "", len(file), lambda: _whole(file))
        messenger = self._messengers[errand.address.partition(":")[0]]
        message = await messenger.send_file(errand.address, upload, protect=False)
        if not await self._may(errand.address, effect):
            await messenger.delete(errand.address, (message,))
            return Done(errand.id)
        return Done(errand.id, (message,))

    async def _may(self, address: Address, effect: SendBundle | SendExport) -> bool:
        """Whether all reporters agree, and this is the chat of an active member."""
        member = (await self._database.people()).at(address)
        here = member is not None and member.active
        return here and await self._database.agree(_cases(effect), ConsentId.SHARE)


def _cases(effect: SendBundle | SendExport) -> tuple[CaseId, ...]:
    return effect.cases if isinstance(effect, SendExport) else (effect.case,)


def packed(effect: SendBundle | SendExport, catalogue: Catalogue) -> bytes:
    """The sealed file."""
    out = io.BytesIO()
    with age.sealed(out, parse_partner(effect.partner.recipient)) as sealed:
        sealed.write(tarred(_files(effect, catalogue)))
    return out.getvalue()


def _files(effect: SendBundle | SendExport, catalogue: Catalogue) -> dict[str, str]:
    if isinstance(effect, SendExport):
        figures = effect.figures
        return {FIGURES: as_csv(figures, effect.tlp)} if figures else {uwazi.NAME: uwazi.table(effect.rows)}
    summary = markdown(effect.summary, catalogue)
    return {"bundle.json": effect.content, "summary.md": summary, uwazi.NAME: uwazi.table([effect.content])}


def tarred(files: Mapping[str, str]) -> bytes:
    """The same bytes for the same files: no time, no owner. Zeros after the end are part of the format."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, text in files.items():
            data = text.encode()
            head = tarfile.TarInfo(name)
            head.size = len(data)
            tar.addfile(head, io.BytesIO(data))
    size = max(FLOOR, padme(len(out.getvalue())))
    return out.getvalue().ljust(-(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE, b"\0")


def markdown(summary: Message, catalogue: Catalogue) -> str:
    """A heading and a list. Nothing in it acts: what somebody wrote fetches no picture and makes no link."""
    head = plain(replace(summary, lines=()), catalogue)
    lines = (_escaped(plain(line, catalogue)).replace("\n", "\n  ") for line in summary.lines)
    return "\n".join((f"# {_escaped(head)}", "", *(f"- {line}" for line in lines), ""))


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data
