"""Pictures of every screen of the main way, in every language: `make gallery`.

The real bot, the sandbox and its page in a browser; the people press and type as `screens` says. Each picture is as
wide as a phone, and as high as what is new on it needs.
"""

import asyncio
import html
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bot.languages import LANGUAGES
from bot.sandbox import ChatMessage, Phone
from tests.browser.chromium import CHROMIUM, FLAGS, lacking
from tests.browser.screens import ADMIN, CASE, CHOSEN, DESK, HURRIED, REPORTER, SECOND, SHOTS, Press, Say, Shot
from tests.short import SHIPPED
from tests.stories.rehearsal import BOT, Rehearsal, rehearsal

FOLDER = Path(__file__).parents[2] / "gallery"
WIDTH, HEIGHT = 400, 860
"""The window in CSS pixels, about an ordinary phone's."""
MOST_LINES = 2
"""Lines that a button may have before it is ugly."""
ONE_SCREEN = 1.05
"""Screens that need no scrolling, and a little more: a line that is cut at the top does no harm."""

SHOWS = """([phone, messages]) => {
  const views = [...document.querySelectorAll(`[data-phone="${phone}"] .message`)];
  return views.length === messages.length && views.every((view, i) => {
    const [id, text, buttons] = messages[i];
    return view.dataset.messageId === id && (view.querySelector(".text")?.textContent ?? "") === text
      && [...view.querySelectorAll(".row button")].map((each) => each.textContent).join("\\n") === buttons;
  });
}"""
"""Whether the page shows these messages of a phone."""

FIT = """(phone, fresh) => {
  const scroller = phone.querySelector(".scroller"), rows = phone.parentElement.style;
  rows.gridAutoRows = "";
  const room = scroller.clientHeight;
  const first = fresh.map((id) => phone.querySelector(`[data-message-id="${id}"]`)).find(Boolean);
  const end = phone.querySelector(".messages").getBoundingClientRect().bottom;
  const needed = first ? end - first.getBoundingClientRect().top + 24 : room;
  if (needed > room) rows.gridAutoRows = `${phone.offsetHeight + needed - room}px`;
  scroller.scrollTop = scroller.scrollHeight;
  return needed / room;
}"""
"""Makes the phone high enough for what is new; answers how many screens that is."""

STICKS_OUT = """(phone, [fresh, most]) => {
  const lines = (e) => {
    const range = document.createRange();
    range.selectNodeContents(e);
    return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
  };
  const views = fresh.map((id) => phone.querySelector(`[data-message-id="${id}"]`)).filter(Boolean);
  const buttons = views.flatMap((view) => [...view.querySelectorAll(".row button")]);
  const bubbles = views.map((view) => view.querySelector(".bubble"));
  for (const each of buttons) each.style.overflowWrap = "normal";
  const wide = [...bubbles, ...buttons].filter((e) => e.scrollWidth > e.clientWidth + 1);
  for (const each of buttons) each.style.overflowWrap = "";
  return [...wide, ...buttons.filter((e) => lines(e) > most)].map((e) => e.textContent);
}"""
"""Texts that are wider than their place, words that are broken in a button, and buttons of too many lines."""


REF = re.compile(r"[2-9A-HJ-NP-TV-Z]{6}\b")
PARTNER = """
[lighthouse]
name = "Lighthouse"
language = "en"
key = "age1tf5jc4nmatw4eehaaxjam4n8zwf6t3htl6yee5sm24sk2fxaf38save49j"
"""
"""Nobody has the other half of this key."""


class Picture(NamedTuple):
    """One picture. `screens`: how many phone screens high it is; `faults`: what does not fit in its place."""

    path: Path
    screens: float
    faults: tuple[str, ...]


class Studio:
    """Two reporters and the team, all of one language, in front of the camera."""

    def __init__(self, play: Rehearsal, page: Any, team: dict[str, Phone], language: str, folder: Path) -> None:
        self._play, self._page, self._language, self._folder = play, page, language, folder
        self._phones = {
            **team,
            **{who: play.phone(f"{who} {language}", _tag(language)) for who in (REPORTER, HURRIED)},
        }
        self._seen = {who: phone.chat(BOT) for who, phone in self._phones.items()}

    async def take_all(self) -> list[Picture]:
        """Every picture of `SHOTS`, in this order."""
        taken: list[Picture] = []
        await self._page.goto(self._play.sandbox.url)
        for shot in SHOTS:
            await self._do(shot)
            if shot.name:
                taken.append(await self._take(shot, len(taken) + 1))
        return taken

    async def _do(self, shot: Shot) -> None:
        phone = self._phones[shot.who]
        match shot.deed:
            case Press(verb, arg):
                await self._play.press(phone, verb, arg.replace(CHOSEN, self._language))
            case Say(text):
                await phone.say(text.replace(CASE, _newest_case(phone)) if CASE in text else text, bot=BOT)
                await self._play.quiet()

    async def _take(self, shot: Shot, number: int) -> Picture:
        phone = self._phones[shot.who]
        shown, seen = phone.chat(BOT), self._seen[shot.who]
        self._seen[shot.who] = shown
        name = phone.person.first_name.lower()
        await self._page.wait_for_function(SHOWS, arg=[name, [_as_shown(each) for each in shown]])
        view = self._page.locator(f'[data-phone="{name}"]')
        fresh = [str(each.message_id) for each in shown if each not in seen]
        screens = await view.evaluate(FIT, fresh)
        path = self._folder / f"{number:02}-{shot.name}.png"
        await view.screenshot(path=path)
        return Picture(path, screens, tuple(await view.evaluate(STICKS_OUT, [fresh, MOST_LINES])))


def _newest_case(phone: Phone) -> str:
    """The reference at the beginning of the newest message that has one."""
    found = (REF.match(message.text) for message in reversed(phone.chat(BOT)))
    return next(ref.group() for ref in found if ref)


def _tag(language: str) -> str:
    """The two letters that a messenger calls the language by."""
    return language.partition("_")[0]


def _as_shown(message: ChatMessage) -> tuple[str, str, str]:
    labels = (button.text for row in message.buttons for button in row)
    return str(message.message_id), message.text, "\n".join(labels)


@asynccontextmanager
async def _page() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS])
        page = await browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, reduced_motion="reduce")
        yield page
        await browser.close()


async def take(languages: Sequence[str], folder: Path) -> dict[str, list[Picture]]:
    """The pictures of these languages, under `folder`/<language>."""
    taken: dict[str, list[Picture]] = {}
    async with _page() as page:
        for language in languages:
            taken[language] = await _of_one(page, language, folder / language)
    return taken


async def _of_one(page: Any, language: str, folder: Path) -> list[Picture]:
    """A rehearsal of its own: nobody sees the reports of another language."""
    with tempfile.TemporaryDirectory(prefix="panah-gallery-") as state:
        partners = Path(state) / "partners.toml"
        partners.write_text(PARTNER)
        async with rehearsal(Path(state), program=SHIPPED, partners=partners) as play:
            return await Studio(play, page, await _team(play), language, folder).take_all()


async def _team(play: Rehearsal) -> dict[str, Phone]:
    """Two admins and a responder, with open keys."""
    team = {ADMIN: play.phone("Admin"), SECOND: play.phone("Second"), DESK: play.phone("Desk")}
    await play.enrol(team[ADMIN], play.secret)
    for who, role in ((SECOND, "admin"), (DESK, "responder")):
        await play.enrol(team[who], await play.invite(team[ADMIN], role), team[ADMIN])
    return team


def write_index(taken: dict[str, list[Picture]], folder: Path) -> None:
    """A page to leaf through: a screen in a row, a language in a column."""
    heads = "".join(f"<th>{html.escape(language)}</th>" for language in taken)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in zip(*taken.values(), strict=True))
    (folder / "index.html").write_text(
        f'<!doctype html><meta charset="utf-8"><title>Gallery</title><style>{STYLE}</style>'
        f"<table><thead><tr>{heads}</tr></thead>{rows}</table>\n",
        encoding="utf-8",
    )


STYLE = (
    "body{font:14px sans-serif;background:#e9edf1}th{position:sticky;top:0;background:#e9edf1}"
    "td{vertical-align:top;padding:8px}img{width:376px}.fault{color:#8a1c1c}"
)


def _cell(picture: Picture) -> str:
    place = html.escape(f"{picture.path.parent.name}/{picture.path.name}")
    faults = "".join(f'<p class="fault">{html.escape(each)}</p>' for each in picture.faults)
    return f'<td><p>{place} · {picture.screens:.1f} screens</p>{faults}<img loading="lazy" src="{place}"></td>'


def report(pictures: Iterable[Picture]) -> None:
    """What does not fit, and what is long."""
    for picture in pictures:
        place = f"{picture.path.parent.name}/{picture.path.name}"
        if picture.screens > ONE_SCREEN:
            print(f"{picture.screens:.1f} screens: {place}")
        for fault in picture.faults:
            print(f"does not fit: {place}: {fault!r}")


def main(languages: Sequence[str]) -> None:
    """Take the pictures of these languages, or of all; exits with what is missing."""
    if missing := lacking():
        sys.exit(missing)
    chosen = [each.code for each in LANGUAGES if not languages or each.code in languages]
    taken = asyncio.run(take(chosen, FOLDER))
    write_index(taken, FOLDER)
    report(picture for pictures in taken.values() for picture in pictures)
    print(f"{sum(map(len, taken.values()))} pictures: {FOLDER / 'index.html'}")


if __name__ == "__main__":
    main(sys.argv[1:])
