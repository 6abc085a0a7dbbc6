"""One file for a partner through the real bot: two admins press, the partner opens what was sent."""

import csv
import io
import json
import tarfile
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pyrage
import pytest

from bot import clock
from bot.sandbox import Phone, Sandbox
from bot.settings import FixedSettings
from handlers.model import Consent, ConsentId, Given, Part, PartId, Passed, Role, Seal
from tests.stories.planted import Colleague, Planter, address_of, report
from tests.stories.rehearsal import BOT, Rehearsal, rehearsal

LISTED = '[lighthouse]\nname = "Lighthouse"\nlanguage = "en"\nkey = "{key}"\n'


def _row(ref: str) -> str:
    facts = {"ref": ref, "month": f"{clock.now():%Y-%m}", "level": "P2", "category": "threat", "origin": ["TJ"]}
    return json.dumps(facts | {"host": "DE", "answers": {}, "summary": f"About {ref}.", "tlp": "TLP:RED"})


@asynccontextmanager
async def _desk(folder: Path, key: pyrage.x25519.Identity):
    """Two admins, and two reports that the partner was given."""
    (listed := folder / "partners.toml").write_text(LISTED.format(key=key.to_public()))
    staff: list[Colleague] = []

    async def plant(sandbox: Sandbox, settings: FixedSettings) -> None:
        planter = Planter(sandbox, settings)
        staff.extend(planter.colleague(name, Role.ADMIN, "a passphrase") for name in ("Amina", "Falcon"))
        writer = address_of(planter.phone("Writer"))
        agreed = {"agreed": ("reply_here", "share"), "given": (Given("lighthouse", clock.now()),)}
        reports = [report(ref, ref, writer, **agreed) for ref in ("ZX0001", "ZX0002")]
        consent = Consent(ConsentId.SHARE, True, "1", "en", "2026-11-23", ("lighthouse",))
        seals = (
            Seal(each.case.id, Part(PartId(clock.new_id()), clock.now(), author, body))
            for each in reports
            for author, body in (("reporter", consent), (staff[0].id, Passed("lighthouse", _row(each.case.ref))))
        )
        await planter.plant(staff[0], [staff[1].member], reports, *seals)

    async with rehearsal(folder, plant=plant, partners=listed) as play:
        for each in staff:
            each.unlock(play.app.sessions, play.watch())
        yield play, staff[0].phone, staff[1].phone


async def _asked(play: Rehearsal, asker: Phone) -> None:
    await play.say(asker, "/export")
    await play.press(asker, "expto", "lighthouse")
    await play.press(asker, "expwhat", "lighthouse.rows")
    await play.press(asker, "expshow")
    assert "About ZX0001." in "\n".join(message.text for message in asker.chat(BOT))
    await play.press(asker, "expask")


async def test_given_two_admins_then_the_file_comes_and_only_the_partner_opens_it(tmp_path: Path) -> None:
    key = pyrage.x25519.Identity.generate()
    async with _desk(tmp_path, key) as (play, amina, falcon):
        await _asked(play, amina)
        await play.press(falcon, "explook")
        await play.press(falcon, "expyes")
        await play.press(amina, "expget")
        sent = next(message for message in amina.chat(BOT) if message.file)
        sealed = amina.file(sent)
        with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(sealed, [key]))) as tar:
            rows = list(csv.DictReader(io.StringIO(tar.extractfile("uwazi.csv").read().decode())))
        assert [(row["title"], row["summary"]) for row in rows] == [
            (ref, f"About {ref}.") for ref in ("ZX0001", "ZX0002")
        ]
        assert b"ZX0001" not in sealed
        await play.say(amina, "/lock")
        left = "\n".join(message.text for message in amina.chat(BOT))
        assert "About ZX0001." not in left and not any(message.file for message in amina.chat(BOT))
        assert not play.sandbox.faults_of_ours


@pytest.mark.slow
async def test_given_nobody_answers_for_a_day_then_the_asker_hears_that_it_has_ended(tmp_path: Path) -> None:
    async with _desk(tmp_path, pyrage.x25519.Identity.generate()) as (play, amina, _):
        await _asked(play, amina)
        play.watch.advance(timedelta(hours=24, minutes=1))
        await amina.wait_for_text("has ended after a day", 30)
        assert not play.sandbox.faults_of_ours
