"""What somebody who means harm can ever learn from inside: a colleague on no report, one who was removed, a server.

Everything is recorded before it is worded, so that nothing is missed that was deleted or changed later.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.courier import CarryOut
from bot.sandbox import Phone, Sandbox
from bot.settings import FixedSettings
from handlers.model import Choice, Command, Edit, Effect, Message, Role, Send, Step, Text, Withdraw
from handlers.routes import ANY
from storage.dispatch import Errand
from storage.errors import WrongPassphrase
from tests.seized import seized
from tests.stories.house_of_states import Cell, House, house_of_states
from tests.stories.matrix import At, Try, Who, knows, tries
from tests.stories.planted import CANARY, Colleague, Planter, Report, address_of, report
from tests.stories.rehearsal import BOT, Rehearsal, rehearsal

MOLE = Who.BYSTANDER
TAKING = frozenset({"claim", "notme", "notmeyes"})
"""What would put them on a report, or take the report from them."""
FEW = 8
"""Of so many reports one is tried, each time another."""
LISTS = frozenset({"queue", "qonly", "next"})
OF_A_REPORT = frozenset(
    {
        ("ref",),
        ("level", "ref"),
        ("age", "category", "host", "level", "ref"),
        ("category",),
        ("host", "origin"),
        ("country",),
        ("language",),
        ("age",),
        ("at",),
        ("over",),
        ("level",),
        ("day",),
    }
)
"""What a card, a list and a refusal say of a report: its code, level, category, route, language, age and due time, and
until when a closed one is kept."""
OF_COLLEAGUES = frozenset({("name",), ("name", "ref")})
"""And who holds it, or has agreed to something."""
OF_NOBODY = frozenset(
    {
        (),
        ("command", "what"),
        ("command", "takes", "what"),
        ("example",),
        ("p1", "p2", "p3", "p4"),
        ("first", "rest"),
        ("only",),
    }
)
"""How commands are used; how many of each level their list has, and what it is narrowed to; words in a row."""


async def test_given_a_colleague_on_no_report_when_they_try_everything_for_a_whole_life_then_they_learn_this_alone(
    tmp_path: Path,
) -> None:
    """Everything about some report, and about every report something."""
    await _tried(tmp_path, few=True)


@pytest.mark.slow
async def test_given_a_colleague_on_no_report_when_they_try_everything_about_every_report_then_they_learn_this_alone(
    tmp_path: Path,
) -> None:
    await _tried(tmp_path, few=False)


async def _tried(folder: Path, few: bool) -> None:
    async with house_of_states(folder) as house:
        heard = _overheard(house.play, house.staff[MOLE])
        await house.put_back(Try(Text, ANY, Step.HOME), [Cell(who, At.CLAIMED) for who in Who])
        await _pry(house, Choice, few)
        await _life(house)
        await _pry(house, Command, few)
        contact = house.reports[At.CLAIMED].contact
    everything = repr(heard)
    assert CANARY not in everything and contact not in everything
    unknown = [house.reports[at].case for at in At if not knows(MOLE, at)]
    assert not [case.ref for case in unknown if case.ref in everything or case.id in everything]
    assert {type(effect) for effect in heard} <= {Send, Edit, Withdraw}, "no file, and nothing else"
    said = [each for effect in heard if isinstance(effect, Send | Edit) for each in _whole(effect.message)]
    told = {tuple(sorted(each.params)): each.id for each in said}
    assert told.keys() <= OF_A_REPORT | OF_COLLEAGUES | OF_NOBODY, told
    names = {each.member.name for each in house.staff.values()}
    assert {each.params["name"] for each in said if "name" in each.params} <= names


async def _pry(house: House, kind: type, few: bool) -> None:
    """Every command or button, about every report or a few by turns; and the lists."""
    prying = [each for each in tries() if each.event is kind and each.step is Step.HOME and each.name not in TAKING]
    for number, each in enumerate(prying):
        about = list(At)[number % FEW :: FEW] if few else list(At)
        for at in about if each.about else [At.CLAIMED] if each.name in LISTS else []:
            await house.act(Cell(MOLE, at), each)
        await house.play.quiet()  # a chat in which much waits at once is heard slowly


async def _life(house: House) -> None:
    """What happens to reports: all of it with words that can be looked for."""
    play, words = house.play, f"{CANARY}typed-claimed"
    holder, admin = house.staff[Who.HOLDER].phone, house.staff[Who.ADMIN].phone
    reporter = house.sender
    claimed, waiting, asked = (house.reports[at].case for at in (At.CLAIMED, At.WAITING, At.ASKED))
    for person, said in (
        (holder, f"/case {claimed.ref}"),
        (holder, f"/note {claimed.ref} {words}"),
        (holder, f"/level {claimed.ref} P1 {words}"),
        (holder, f"/restrict {claimed.ref}"),
        (holder, f"/note {claimed.ref} {words}"),
        (holder, f"/widen {claimed.ref}"),
        (admin, f"/claim {waiting.ref}"),
        (admin, f"/case {waiting.ref}"),
        (admin, f"/notme {waiting.ref} {words}"),
    ):
        await play.say(person, said)
    await play.say(holder, f"/reply {claimed.ref} {words}")
    await play.press(holder, "relay")
    await admin.forge(f"lower.P2:{asked.id}:")
    for at in (At.CLAIMED, At.CLOSED):
        await reporter.forge(f"add:{house.reports[at].token}:")
        await play.say(reporter, words)
    await play.say(holder, f"/close {claimed.ref}")
    await play.press(holder, "outcome", "helped")
    await play.report(play.phone("Somebody new"), f"{CANARY}new")


def _overheard(play: Rehearsal, colleague: Colleague) -> list[Effect]:
    """All that goes out to somebody from now on."""
    heard: list[Effect] = []
    for courier in play.app.couriers:
        carry_out = courier._carry_out

        async def listening(errand: Errand, carry_out: CarryOut = carry_out) -> Any:
            if errand.address == colleague.address:
                heard.append(errand.effect)
            return await carry_out(errand)

        courier._carry_out = listening
    return heard


def _whole(message: Message) -> Iterator[Message]:
    """A message and all that it is made of, its buttons aside."""
    yield message
    for each in (*message.lines, *message.params.values()):
        if isinstance(each, Message):
            yield from _whole(each)


async def test_given_all_keys_of_the_server_but_no_passphrase_then_nothing_sealed_of_any_report_opens(
    tmp_path: Path,
) -> None:
    """Every kind of part that a report can have; `test_state_folder` follows one report through its life."""
    async with house_of_states(tmp_path) as house:
        settings, contact = house.play.app.settings, str(house.sender.id)
        async with seized(settings.state_dir, settings.database) as state:
            opened = [value.plain for value in await state.layer_one()]
        lying = _files(tmp_path)
    for needle in (CANARY.encode(), contact.encode()):
        assert not [value for value in (*opened, *lying) if needle in value]


async def test_given_a_removed_colleague_with_an_old_copy_and_their_passphrase_then_they_read_what_was_and_nothing_new(
    tmp_path: Path,
) -> None:
    people: dict[str, Colleague] = {}
    reports: list[Report] = []

    async def plant(sandbox: Sandbox, settings: FixedSettings) -> None:
        planter = Planter(sandbox, settings)
        people["admin"] = planter.colleague("Admin", Role.ADMIN, "the admin's passphrase")
        people["gone"] = planter.colleague("Gone", passphrase="the passphrase of who is gone")
        reports.append(report("old", "ZX0001", address_of(planter.phone("Reporter"))))
        await planter.plant(people["admin"], [people["gone"].member], reports)

    async with rehearsal(tmp_path / "now", plant=plant) as play:
        admin, gone = people["admin"], people["gone"]
        for each in people.values():
            await play.unlock(each.phone, each.passphrase)
        for said in ("/claim ZX0001", "/case ZX0001"):
            await play.say(gone.phone, said)
        url = _copied(play, tmp_path / "then")
        for verb in ("revoke", "revoke.yes"):
            await admin.phone.forge(f"{verb}:{gone.id}:")
            await play.quiet()
        await play.say(admin.phone, "/claim ZX0001")
        await play.say(admin.phone, f"/note ZX0001 {CANARY}later-note")
        await play.report(play.phone("Another"), f"{CANARY}later-report")
        heard = _overheard(play, gone)
        await _press_all(play, gone.phone, reports[0])
        now = play.app.settings
        async with seized(tmp_path / "then", url) as then, seized(now.state_dir, now.database) as state:
            assert list(await then.unlocked(gone.passphrase)) == ["ZX0001"], "what they could read when it was copied"
            with pytest.raises(WrongPassphrase):
                await state.unlocked(gone.passphrase)
            assert await state.opened_by(then, gone.passphrase) == [], "the desk's old key opens nothing any more"
            assert len(await state.unlocked(admin.passphrase)) == 2
        assert CANARY not in repr(heard)
        assert not [each.text for each in gone.phone.chat(BOT) if CANARY in each.text], "what they read was taken away"


def _files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def _press_all(play: Rehearsal, phone: Phone, report: Report) -> None:
    """Every button and command about a report, from a chat that has lost them."""
    for each in tries():
        if each.about and each.event is Choice:
            await phone.forge(f"{each.name}:{report.case.id}:")
        elif each.about and each.event is Command:
            await phone.say(f"/{each.name} {report.case.ref}")
    await play.quiet()


def _copied(play: Rehearsal, folder: Path) -> str:
    """The state folder and its database as they are now; the copy's address."""
    state = play.app.settings.state_dir
    shutil.copytree(state, folder, ignore=shutil.ignore_patterns("panah.db*", "*.sock", "*.lock"))
    with sqlite3.connect(state / "panah.db") as before, sqlite3.connect(folder / "panah.db") as after:
        before.backup(after)
    return f"sqlite+aiosqlite:///{folder / 'panah.db'}"
