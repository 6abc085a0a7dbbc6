"""Pictures of figures on their way to an admin: worded here, drawn by a process of its own, never on a disk.

The library that draws takes seconds to load and tens of megabytes: a process that ends gives both back.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

import msgspec
from msgspec.structs import replace

from bot import logs
from bot.apart import apart
from bot.i18n import Catalogue
from bot.languages import SOURCE
from bot.messenger import Messenger, Rejected, Screen, Upload
from bot.render import plain, render
from bot.sketch import Bar, Sketch
from handlers import charts
from handlers.model import Chart, FileKind, Picture, Role
from storage.database import Database
from storage.dispatch import Done
from storage.outbox import Errand

SECONDS = 60.0
"""For one picture, on a small and busy machine."""
NO_BREAK = "\u00a0"
_BOOT = "import sys; sys.path.append(sys.argv.pop(1)); from bot.drawing import main; main()"


class CantDraw(Exception):
    """No picture came of it; the words say the same."""


class Pictures:
    """Sends charts to admins. What is raised is a `MessengerError`, or a bug."""

    def __init__(
        self,
        database: Database,
        messengers: Mapping[str, Messenger],
        catalogues: Mapping[str, Catalogue],
    ) -> None:
        self._database, self._messengers, self._catalogues = database, messengers, catalogues

    async def send(self, errand: Errand, effect: Picture) -> Done:
        """Send it, then take away the one in whose place it stands. Who is no admin any more gets nothing."""
        member = (await self._database.people()).at(errand.address)
        if member is None or not member.active or member.role is not Role.ADMIN:
            return Done(errand.id)
        catalogue = self._catalogues.get(errand.language) or self._catalogues[SOURCE]
        messenger = self._messengers[errand.address.partition(":")[0]]
        caption = _caption(effect, catalogue, messenger)
        try:
            picture = await drawn(effect.chart, catalogue)
            upload = Upload(FileKind.PHOTO, "figures.png", "image/png", len(picture), lambda: _whole(picture), caption)
            message = await messenger.send_file(errand.address, upload, protect=True)
        except (CantDraw, Rejected) as refused:
            logs.failure("picture.failed", refused)
            message = await messenger.send(errand.address, caption)
        if effect.instead:
            await messenger.delete(errand.address, (effect.instead,))
        return Done(errand.id, (message,), gone=(effect.instead,) if effect.instead else ())


def _caption(effect: Picture, catalogue: Catalogue, messenger: Messenger) -> Screen:
    """The words with the buttons. The picture says what doesn't fit into a caption."""
    limits = replace(messenger.limits, text=messenger.limits.caption)
    screens = render(effect.message, catalogue, limits)
    return replace(screens[0], rows=screens[-1].rows)


async def drawn(chart: Chart, catalogue: Catalogue) -> bytes:
    """The chart as a PNG, in a language. Raises CantDraw."""
    try:
        async with apart(_BOOT) as process, asyncio.timeout(SECONDS):
            picture, _ = await process.communicate(msgspec.json.encode(sketch(chart, catalogue)))
    except TimeoutError:
        raise CantDraw from None
    if process.returncode or not picture:
        raise CantDraw
    return picture


def sketch(chart: Chart, catalogue: Catalogue) -> Sketch:
    """The chart in words and lengths: of what there is in all; of months, whose share is not said, of the highest."""
    full = max((bar.value for bar in chart.bars), default=0) if chart.by == "month" else chart.total
    bars = tuple(
        Bar(plain(bar.label, catalogue), bar.value / full if full else 0, _value(bar.value, chart, catalogue))
        for bar in chart.bars
    )
    title, head, note = (plain(each, catalogue) for each in (charts.title(chart), charts.scope(chart), charts.INTERNAL))
    return Sketch(title, head, note, bars)


def _value(value: int, chart: Chart, catalogue: Catalogue) -> str:
    """The number, and its share; of months the share says nothing."""
    number = catalogue.number(value)
    if chart.by == "month" or not chart.total:
        return number
    return f"{number} · {round(100 * value / chart.total)}{NO_BREAK}%"


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield data
