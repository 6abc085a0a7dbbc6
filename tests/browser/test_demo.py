"""The rehearsal by hand: everything that a newcomer clicks and types, from the admin's invitation to an answer."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.demo import stage
from tests.browser.conftest import watched_page
from tests.short import short_program

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

PICTURE = os.environ.get("PANAH_SCREENSHOT", "")
"""Where to put a picture of the three phones; empty: none is taken."""
PATIENCE_MS = 60_000
"""Making a key takes a second or two."""


class Hand:
    """One phone on the page, and the hand before it."""

    def __init__(self, page: Any, name: str) -> None:
        self.phone = page.locator(f'[data-phone="{name}"]')

    async def press(self, verb: str, arg: str = "") -> None:
        """Click the newest button of a verb."""
        start = f"{verb}:{arg}:" if arg else f"{verb}:"
        await self.phone.locator(f'[data-data^="{start}"]:visible').last.click(timeout=PATIENCE_MS)

    async def type(self, *texts: str) -> None:
        box = self.phone.locator("textarea")
        for text in texts:
            await box.fill(text)
            await box.press("Enter")

    async def sees(self, text: str) -> str:
        """The newest bubble with these words."""
        found = self.phone.locator(".bubble", has_text=text).last
        await found.wait_for(timeout=PATIENCE_MS)
        return str(await found.inner_text())

    async def no_longer_sees(self, text: str) -> None:
        await self.phone.locator(".bubble", has_text=text).last.wait_for(state="detached", timeout=PATIENCE_MS)


class Table:
    """The three phones side by side."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.reporter, self.responder, self.admin = (Hand(page, name) for name in ("reporter", "responder", "admin"))

    async def enrol(self, person: Hand, then: str) -> None:
        """From the first word of the bot to open keys: a language, note the passphrase, be approved, unlock."""
        await person.press("lang", "en")
        shown = await person.sees("shown only now")
        passphrase = next(line for line in shown.splitlines() if len(line.split()) == 6 and line.islower())
        await person.press("noted")
        await person.no_longer_sees(passphrase)
        await person.sees(then)
        if person is not self.admin:
            await self.admin.press("approve")
            await person.sees("You are approved")
        await person.type("/unlock")
        await person.sees("Send your passphrase")
        await person.type(passphrase)
        await person.no_longer_sees(passphrase)
        await person.sees("Your keys are open")

    async def invite(self) -> None:
        """The admin makes an invitation, and it is carried to the responder's phone."""
        await self.admin.type("/invite responder Falcon")
        await self.admin.sees("?start=")
        await self.admin.phone.locator(".bubble", has_text="?start=").last.click(button="right")
        await self.page.get_by_role("menuitem", name="Open link on Responder’s phone").click()

    async def report(self) -> None:
        person = self.reporter
        await person.phone.locator("[data-action=start]:visible").click()
        for verb, arg in (("lang", "ru"), ("agree", ""), ("a", "not_now"), ("a", "threat"), ("a", "week"), ("a", "UZ")):
            await person.press(verb, arg)
        await person.press("done")
        await person.press("a", "DE")
        await person.sees("Вопрос 6")
        await person.type("Мне звонят и говорят, что знают, где я живу.")
        await person.sees("Сохранено")
        await person.press("done")
        await person.press("send")
        await person.sees("Ваш код")

    async def answer(self) -> None:
        await self.responder.press("claim")
        await self.reporter.sees("взял")
        await self.responder.press("open")
        await self.responder.sees("знают, где я живу")
        await self.responder.press("reply")
        await self.responder.sees("write your answer")
        await self.responder.type("Здравствуйте. Вы сейчас в безопасном месте?")
        await self.responder.press("relay")
        await self.reporter.sees("Вы сейчас в безопасном месте?")
        await self.responder.sees("on its way")

    async def sticks_out(self) -> list[str]:
        """Texts and buttons that are wider than their place."""
        parts = self.page.locator(".bubble, .bubble button, .phone")
        wide = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
        return list(await parts.evaluate_all(wide))


@pytest_asyncio.fixture(loop_scope="module")
async def table(browser: Any, tmp_path: Path) -> AsyncIterator[Table]:
    """The real bot, its sandbox and the page, as `make demo` shows them."""
    async with stage(program=short_program(tmp_path / "program")) as played, watched_page(browser) as page:
        await page.goto(played.sandbox.url)
        yield Table(page)


async def test_given_a_newcomer_with_three_phones_when_they_play_the_story_then_every_step_is_seen(table: Table):
    await table.admin.phone.locator(".hint [role=link]").click()
    await table.enrol(table.admin, "The desk is open")
    await table.invite()
    await table.enrol(table.responder, "An admin must approve you")
    await table.report()
    await table.answer()
    assert await table.sticks_out() == []
    if PICTURE:
        await table.page.screenshot(path=Path(PICTURE))
