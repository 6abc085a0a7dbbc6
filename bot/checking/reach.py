"""The messenger: whether it can be reached and knows the token, how it delivers, and the clock that it goes by."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from bot import clock
from bot.app import make_bots
from bot.checking.finding import Wrong, warn
from bot.messenger import MessengerError
from bot.settings import Settings
from bot.telegram import Account, Telegram

PATIENCE = aiohttp.ClientTimeout(total=10)
AHEAD = timedelta(seconds=30)
"""By which our clock may differ from Telegram's: it tells whole seconds, and its answer has been on its way."""
CROWD = 1000
"""Updates that wait at Telegram: a flood, or nobody fetches them."""
RECENT = timedelta(hours=1)


async def token(settings: Settings) -> Wrong | None:
    """The server answers, and knows our tokens."""
    for bot in make_bots(settings):
        try:
            await bot.start()
        except MessengerError as error:
            return Wrong(f"{bot.name}: {type(error).__name__}: {error}")
        await bot.stop()
    return None


async def delivery(settings: Settings) -> Wrong | None:
    """Updates come the way that is set, and as fast as they arrive."""
    found = [wrong for bot in make_bots(settings) for wrong in delivered(await _account(bot), settings, clock.now())]
    return _worst(found)


async def rights(settings: Settings, group: bool) -> Wrong | None:
    """`group`: cases are shown in one, so the bot must be allowed in."""
    return _worst([wrong for bot in make_bots(settings) for wrong in allowed(await _account(bot), group)])


async def time(settings: Settings) -> Wrong | None:
    """Our clock against the messenger's."""
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        try:
            async with session.head(settings.telegram_api, allow_redirects=False) as answer:
                theirs = answer.headers.get("Date", "")
        except (aiohttp.ClientError, TimeoutError):
            return None  # `token` says so
    return apart(theirs, clock.now())


def delivered(account: Account, settings: Settings, now: datetime) -> Iterator[Wrong]:
    """What is wrong with how updates come, while the bot runs."""
    meant = settings.webhook_url or ""
    if bool(account.webhook) != bool(meant) or not account.webhook.startswith(meant):
        yield Wrong("Telegram delivers to another address than is set: restart the bot; is the token used elsewhere?")
    if account.waiting > CROWD:
        yield warn(f"{account.waiting} updates wait at Telegram: a flood, or the bot can't keep up; see its log")
    if now - account.refused < RECENT:
        yield warn("our webhook refused Telegram within the last hour: look at the proxy and its certificate")


def allowed(account: Account, group: bool) -> Iterator[Wrong]:
    """More than the bot needs."""
    if account.reads_groups:
        yield warn("the bot is shown everything that is said in its groups: @BotFather, /setprivacy, Enable")
    if account.joins_groups and not group:
        yield warn("anybody can take the bot into a group: @BotFather, /setjoingroups, Disable (until /desk needs it)")


def apart(theirs: str, now: datetime) -> Wrong | None:
    """`theirs`: the header "Date" of an answer (RFC 9110, 6.6.1)."""
    try:
        seconds = abs((parsedate_to_datetime(theirs) - now).total_seconds())
    except (ValueError, TypeError):
        return None
    if seconds <= AHEAD.total_seconds():
        return None
    return Wrong(f"this clock is {seconds:.0f} s from Telegram's, and deadlines hang on it: set it, and keep it set")


async def _account(bot: Telegram) -> Account:
    async with bot:
        return await bot.account()


def _worst(found: list[Wrong]) -> Wrong | None:
    """Several as one, under the gravest."""
    if not found:
        return None
    return Wrong("; ".join(wrong.says for wrong in found), max(found, key=lambda wrong: wrong.grade == "FAULT").grade)
