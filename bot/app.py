"""The map of the program: the only place that builds the parts and knows how they hang together.

messengers ─accept→ inbox ─worker→ core ─→ outbox ─couriers→ messengers
                             janitor: idle keys, retention, the daily witness
                             console: keys opened at the server; monitor: health and metrics
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from msgspec.structs import replace

from bot import clock, logs, notify, zones
from bot.budgets import Budgets
from bot.cleaning.cleaner import Cleaner
from bot.clock import Clock
from bot.console import Console
from bot.courier import Courier
from bot.delivery import Delivery
from bot.errands import Errands, Tools, menu
from bot.i18n import Catalogue
from bot.janitor import Janitor
from bot.languages import SOURCE
from bot.messenger import MessengerError
from bot.monitor import Monitor
from bot.pace import Pace
from bot.panic import Panic
from bot.program import load
from bot.render import plain
from bot.settings import Settings
from bot.telegram import Telegram
from bot.telegram.calls import LIMITS, TokenRefused
from bot.telegram.groups import is_group
from bot.telegram.webhook import Webhook, WebhookConfig
from bot.wordlists import code_words
from bot.worker import Worker
from handlers import consent, decide, typed, wanted
from handlers.model import Address, Desk, Door, Message, Role
from handlers.program import Program
from storage.blobs import Blobs
from storage.database import Database
from storage.durable import only_holder
from storage.engine import NotReached, sqlite_is_old
from storage.errors import Destroyed
from storage.fleeting import holds_code
from storage.house import House
from storage.keyring import Keyring
from storage.passphrase import Kdf
from storage.records import Arrival
from storage.sessions import Limits, Sessions
from storage.tables import Lane
from storage.vault import Vault

FRONT, DESK = "telegram", "desk"
"""Names of the two bots' adapters: the first part of every address."""
LOCK = "serving.lock"
"""Held in the state folder while a process serves from it."""
RETRY = 5.0
"""Seconds between two tries to reach the messenger, or the database's server, at the start."""


class App:
    """All parts of one process, ready to run."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        sessions: Sessions,
        tools: Tools,
        house: House,
        bots: Sequence[Telegram],
        now: Clock,
    ) -> None:
        self.settings, self.database, self.sessions, self.house = settings, database, sessions, house
        self._bots, self._tools, self._clock = bots, tools, now
        paid = settings.paid_sends_per_second or 0
        delivery = Delivery(tools.messengers, tools.catalogues, database.dispatch, paid > 0)
        pace = Pace(settings.sends_per_second, settings.chat_sends_per_second, is_group, paid)
        self._budgets = Budgets(settings.chat_events_per_minute)
        self.worker = Worker(database, house, wanted, decide, now)
        self.couriers = (
            Courier(database, Lane.WORDS, delivery.carry_out, now, pace),
            Courier(database, Lane.ERRANDS, Errands(tools).carry_out, now),
        )
        self.janitor = Janitor(database, sessions, tools.blobs, now, settings.state_dir)
        self.console = Console(database, sessions, settings.state_dir, now)
        self.monitor = Monitor(database, sessions, settings.state_dir, now)
        self._panic = Panic(settings.state_dir, sessions, tools.messengers, tools.catalogues)

    async def accept(self, arrivals: Sequence[Arrival]) -> None:
        """The door: returns after the commit."""
        words = self.house.desk.words
        marked = [replace(each, fleeting=holds_code(each.event, words)) for each in arrivals]
        now = self._clock()
        await self.database.accept(self._budgets.weigh(marked, now.timestamp()), now)

    async def run(self) -> None:
        """Everything, until cancelled. Raises Destroyed when an admin has destroyed the keys from the chat."""
        await self.database.dispatch.release_leases(self._clock())
        async with asyncio.TaskGroup() as group:
            work = [group.create_task(part) for part in self._parts()]
            notify.tell(notify.READY)
            order = await self.database.ordered.get()
            await self._panic.carry_out(order, work)
        raise Destroyed

    def _parts(self) -> Iterator[Coroutine[Any, Any, None]]:
        for bot in self._bots:
            yield bot.run(self.accept)
            yield self._publish(bot)
        yield self.worker.run()
        yield self.janitor.run()
        yield self.console.run()
        for courier in self.couriers:
            yield courier.run()
        if self.settings.metrics_address:
            yield self.monitor.run(*self.settings.metrics_address)
        yield notify.keep_watch()

    async def _publish(self, bot: Telegram) -> None:
        """Menus and descriptions; without them everything works, so a failure is only noted."""
        shown = self._tools.catalogues
        role = Role.NEWCOMER if bot.door is Door.DESK else Role.REPORTER
        menus = {code: menu(role, catalogue) for code, catalogue in shown.items()}
        about = {code: (each.text("about.short"), each.text("about.long")) for code, each in shown.items()}
        try:
            await bot.publish(menus, about)
        except MessengerError as error:
            logs.failure("publish.failed", error)


@asynccontextmanager
async def assemble(settings: Settings, kdf: Kdf | None = None, now: Clock = clock.now) -> AsyncIterator[App]:
    """The whole program for these settings. Raises what a missing state, a faulty program or a refused token raises."""
    program, shown = load(settings.program_dir)
    ring = Keyring.open(settings.state_dir)
    vault = Vault(ring, kdf) if kdf else Vault(ring)
    sessions = Sessions(vault, Limits(*settings.unlock_limits))
    async with AsyncExitStack() as stack:
        stack.enter_context(only_holder(settings.state_dir / LOCK))
        bots = [await stack.enter_async_context(_started(bot)) for bot in make_bots(settings)]
        database = await _reached(settings.database, vault, sessions)
        stack.push_async_callback(database.close)
        await stack.enter_async_context(database.only_sender())
        blobs = Blobs(settings.state_dir / "blobs", settings.max_file)
        messengers = {bot.name: bot for bot in bots}
        tools = Tools(database, sessions, vault, blobs, messengers, shown, now, Cleaner())
        usernames = {bot.name: bot.username for bot in bots}
        house = make_house(settings, shown, program, usernames, ring.recoverable)
        logs.event("started", bots=len(bots), languages=len(shown), old_sqlite=sqlite_is_old())
        yield App(settings, database, sessions, tools, house, bots, now)


def make_bots(settings: Settings) -> list[Telegram]:
    """The bot for everybody, or one for reporters and one for the team."""
    webhook = _webhook(settings)
    second = settings.desk_token
    tokens = [(FRONT, settings.telegram_token, Door.FRONT if second else Door.BOTH)]
    tokens += [(DESK, second, Door.DESK)] if second else []
    of_files: dict[str, Any] = {"files": settings.telegram_files, "largest": _largest(settings)}
    return [
        Telegram(token.get_secret_value(), settings.telegram_api, name=name, door=door, webhook=webhook, **of_files)
        for name, token, door in tokens
    ]


def make_house(
    settings: Settings,
    shown: Mapping[str, Catalogue],
    program: Program,
    usernames: Mapping[str, str],
    recoverable: bool,
) -> House:
    """What the core is told of the house. `recoverable`: there is a recovery key."""
    languages = tuple(shown)
    desk = Desk(
        organisation=settings.organisation,
        languages=languages,
        retention_days=settings.retention_days,
        backup_days=settings.backup_days,
        partners=settings.partner_list,
        recovery=recoverable,
        read_hours=settings.read_hours,
        idle_minutes=settings.unlock_idle_minutes,
        max_file_mb=min(settings.max_file_mb, _largest(settings) // 1_000_000),
        bot=usernames.get(FRONT, ""),
        staff_bot=usernames.get(DESK, ""),
        words=code_words(languages),
        countries=country_names(program, shown),
        zones=zones.names(each.zone for each in shown.values()),
        country_zones=zones.by_country(),
    )
    door = two_doors if settings.desk_token else one_door
    return House(desk, consent.fitted(program, desk), clock.new_id, door, partial(label, shown), zones.offset)


def label(shown: Mapping[str, Catalogue], message: Message, language: str) -> str:
    """How a short message reads in a language."""
    return plain(message, shown.get(language) or shown[SOURCE])


def country_names(program: Program, shown: Mapping[str, Catalogue]) -> dict[str, str]:
    """Every country's name in every language, as typed names are compared -> its code."""
    return {
        typed.plain(name): code
        for each in shown.values()
        for code in program.countries
        for name in each.country_names(code)
    }


def one_door(address: Address) -> Door:
    """With one bot, everybody comes through the same door."""
    return Door.BOTH


def two_doors(address: Address) -> Door:
    """With two, the adapter's name says which."""
    return Door.DESK if address.startswith(f"{DESK}:") else Door.FRONT


def _largest(settings: Settings) -> int:
    """Bytes of the largest file that can be fetched: a server of one's own hands over any."""
    return max(LIMITS.download, settings.max_file) if settings.telegram_files else LIMITS.download


def _webhook(settings: Settings) -> Webhook | None:
    if not settings.webhook_url or settings.webhook_secret is None:
        return None
    host, port = settings.listen
    return Webhook(WebhookConfig(settings.webhook_url, host, port, settings.webhook_secret.get_secret_value()))


async def _reached(url: str, vault: Vault, sessions: Sessions) -> Database:
    """The database, as soon as its server can be reached: after a power cut it may be the last to come back."""
    while True:
        try:
            return await Database.open(url, vault, sessions, process="panah", upgrades=True)
        except NotReached as error:
            logs.failure("start.waiting", error)
            notify.tell(notify.STILL_STARTING)
            await asyncio.sleep(RETRY)


@asynccontextmanager
async def _started(bot: Telegram) -> AsyncIterator[Telegram]:
    """The bot, as soon as its server can be reached. A refused token is the operator's to mend, and raised."""
    while True:
        try:
            await bot.start()
            break
        except TokenRefused:
            raise
        except MessengerError as error:
            logs.failure("start.waiting", error)
            notify.tell(notify.STILL_STARTING)
            await asyncio.sleep(RETRY)
    try:
        yield bot
    finally:
        await bot.stop()
