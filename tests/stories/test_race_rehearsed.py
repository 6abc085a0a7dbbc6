"""Two hundred presses on one report, and people who do at the same moment what can't all be: in the real bot.

Each race is run in both orders. What counts is what stands in storage, what the audit chain says of it, and that what
everybody was told agrees with both.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot import clock
from bot.sandbox import ChatMessage, Phone, Sandbox
from bot.settings import FixedSettings
from handlers.model import Case, CaseState, Entry, Level, Lowering, Offer, Role
from tests.seized import seized
from tests.stories.planted import CANARY, Colleague, Planter, Report, address_of, report
from tests.stories.reader import reader
from tests.stories.rehearsal import BOT, Rehearsal, buttons, newest, rehearsal

BOTH_ORDERS = (1, -1)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("many", [40, pytest.param(200, marks=pytest.mark.slow)])
async def test_given_a_crowd_when_all_press_claim_at_once_then_one_holds_it_and_each_hears_one_thing(
    tmp_path: Path, many: int
) -> None:
    crowd: list[Phone] = []

    async def plant(sandbox: Sandbox, settings: FixedSettings) -> None:
        planter = Planter(sandbox, settings)
        birds = [planter.colleague(f"Bird {number}") for number in range(many)]
        crowd.extend(each.phone for each in birds)
        await planter.plant(planter.colleague("Founder", Role.ADMIN), [each.member for each in birds], [])

    async with rehearsal(tmp_path, plant=plant) as play:
        await play.report(play.phone("Reporter"), "They came twice.")
        cards = {phone: newest(phone.chat(BOT), "claim") for phone in crowd}
        for phone, (card, button) in cards.items():
            await phone.press(button.data or "", card.message_id)
        await play.quiet()
        case, claims = await _stored(play, play.app.settings)
    assert case.state is CaseState.CLAIMED
    assert [each.actor for each in claims] == [case.holder], "one line in the audit chain"
    told = {phone: _ids(_after(phone, card.message_id)) for phone, (card, _) in cards.items()}
    (winner,) = (phone for phone, ids in told.items() if ids == ["claim.locked"])
    assert all(ids == ["claim.taken"] for phone, ids in told.items() if phone is not winner)
    named = f" held by {winner.person.first_name}."
    assert all(phone.chat(BOT)[-1].text.endswith(named) for phone in crowd if phone is not winner)
    for phone, (card, _) in cards.items():
        (shown,) = (each for each in phone.chat(BOT) if each.message_id == card.message_id)
        assert f"Held by {winner.person.first_name}" in shown.text and not buttons(shown)


async def _stored(play: Rehearsal, settings: Any) -> tuple[Case, list[Entry]]:
    async with seized(settings.state_dir, settings.database) as state:
        (case,) = (await state.headers()).values()
        return case, [each for each in await state.entries() if each.action == "claim"]


@dataclass
class Desk:
    """Three responders, two admins, all with open keys, and as many reports as are raced for."""

    play: Rehearsal
    people: dict[str, Colleague]
    reporter: Phone
    reports: dict[tuple[str, int], Report]

    async def race(self, report: Report, order: int, **presses: str) -> dict[str, list[str]]:
        """Each presses a button about the report; what each was told, by ids of messages."""
        before = {who: _last(self._phone(who)) for who in presses}
        for who, button in list(presses.items())[::order]:
            await self._phone(who).forge(button.format(case=report.case.id, token=report.token))
        await self.play.quiet()
        return {who: _ids(_after(self._phone(who), before[who])) for who in presses}

    async def stored(self, report: Report) -> tuple[Case | None, list[tuple[str, str]]]:
        """The header as it is now, and who did what to it."""
        settings = self.play.app.settings
        names = {each.id: who for who, each in self.people.items()}
        async with seized(settings.state_dir, settings.database) as state:
            entries = [each for each in await state.entries() if each.case == report.case.id]
            case = (await state.headers()).get(report.case.ref)
        return case, [(names.get(each.actor, each.actor), each.action) for each in entries]

    def holder(self, case: Case) -> str:
        return next((who for who, each in self.people.items() if each.id == case.holder), "")

    def reads(self, who: str, report: Report) -> bool:
        """Whether anything of it stands in a chat."""
        named = f"-{report.name}"
        return any(CANARY in each.text and named in each.text for each in self._phone(who).chat(BOT))

    def _phone(self, who: str) -> Phone:
        return self.reporter if who == "reporter" else self.people[who].phone


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    people: dict[str, Colleague] = {}
    phones: list[Phone] = []
    reports: dict[tuple[str, int], Report] = {}

    async def plant(sandbox: Sandbox, settings: FixedSettings) -> None:
        planter = Planter(sandbox, settings)
        for name in ("ann", "bob", "cat"):
            people[name] = planter.colleague(name)
        for name in ("dora", "eve"):
            people[name] = planter.colleague(name, Role.ADMIN)
        phones.append(planter.phone("Reporter"))
        ann, bob, refs = people["ann"].id, people["bob"].id, count(1)
        until = clock.now() + timedelta(days=1)
        held = {"state": CaseState.CLAIMED, "holder": ann}
        lowered = {**held, "level": Level.P1, "lowering": Lowering(Level.P3, ann, until)}
        for name, header in {
            "release": held,
            "offer": held | {"offered": Offer(bob, until)},
            "close": held,
            "agree": lowered,
            "differ": lowered,
            "restrict": held | {"second": bob},
            "narrow": {},
            "erase": held,
        }.items():
            for order in BOTH_ORDERS:
                made = report(f"{name}{next(refs)}", f"ZX{next(refs):04}", address_of(phones[0]), **header)
                reports[name, order] = made
        await planter.plant(people["dora"], [each.member for each in people.values()], list(reports.values()))

    async with rehearsal(tmp_path_factory.mktemp("race"), plant=plant) as play:
        for each in people.values():
            each.unlock(play.app.sessions, play.watch())
            await play.say(each.phone, "/help")
        await play.say(phones[0], "/start")
        yield Desk(play, people, phones[0], reports)


@pytest.mark.parametrize("order", BOTH_ORDERS)
async def test_given_a_holder_who_lets_go_when_another_claims_then_it_is_theirs_or_waits(
    desk: Desk, order: int
) -> None:
    raced = desk.reports["release", order]
    told = await desk.race(raced, order, ann="release:{case}:", bob="claim:{case}:")
    case, deeds = await desk.stored(raced)
    assert case is not None and "release.done" in told["ann"]
    if order == 1:
        assert (desk.holder(case), deeds) == ("bob", [("ann", "release"), ("bob", "claim")])
        assert "claim.done" in told["bob"]
    else:
        assert (case.state, deeds, told["bob"][0]) == (CaseState.OPEN, [("ann", "release")], "claim.taken")


@pytest.mark.parametrize("order", BOTH_ORDERS)
async def test_given_an_offer_when_it_is_accepted_let_go_and_claimed_at_once_then_one_holds_it(
    desk: Desk, order: int
) -> None:
    raced = desk.reports["offer", order]
    told = await desk.race(raced, order, bob="handyes:{case}:", ann="release:{case}:", cat="claim:{case}:")
    case, deeds = await desk.stored(raced)
    assert case is not None
    takers = [who for who, deed in deeds if deed in {"takeover", "claim"}]
    assert [who for who, ids in told.items() if "claim.done" in ids] == takers
    assert len(takers) <= 1 and desk.holder(case) == "".join(takers)
    assert bool(case.holder) is (case.state is CaseState.CLAIMED)


@pytest.mark.parametrize("order", BOTH_ORDERS)
async def test_given_a_reporter_who_writes_while_it_is_closed_then_the_words_are_kept_and_seen(
    desk: Desk, order: int
) -> None:
    raced = desk.reports["close", order]
    await desk.race(raced, 1, reporter="add:{token}:", ann="close:{case}:")
    words, before = "one last thing", _last(desk.people["ann"].phone)
    ending = newest(desk.people["ann"].phone.chat(BOT), "outcome")[1].data or ""
    acts = (desk.people["ann"].phone.forge(ending), desk.reporter.say(words))
    for act in acts[::order]:
        await act
    await desk.play.quiet()
    case, deeds = await desk.stored(raced)
    assert case is not None and ("ann", "close") in deeds
    assert case.state is (CaseState.CLOSED if order == -1 else CaseState.OPEN)
    rung = "".join(each.text for each in _after(desk.people["ann"].phone, before))
    assert f"New message on {case.ref}" in rung or f"{case.ref} · P2" in rung, "a card or a notice"
    await desk.play.say(desk.people["dora"].phone, f"/case {case.ref}")
    assert words in "".join(each.text for each in desk.people["dora"].phone.chat(BOT))


@pytest.mark.parametrize("order", BOTH_ORDERS)
async def test_given_two_admins_who_agree_at_once_then_the_level_changes_once(desk: Desk, order: int) -> None:
    raced = desk.reports["agree", order]
    told = await desk.race(raced, order, dora="lower.P3:{case}:", eve="lower.P3:{case}:")
    case, deeds = await desk.stored(raced)
    first, second = ("dora", "eve")[::order]
    assert case is not None and (case.level, case.lowering) == (Level.P3, None)
    assert deeds == [(first, "level")]
    assert "level.done" in told[first] and "level.settled" in told[second]


@pytest.mark.parametrize("order", BOTH_ORDERS)
async def test_given_one_who_agrees_and_one_who_does_not_then_the_first_word_counts(desk: Desk, order: int) -> None:
    raced = desk.reports["differ", order]
    told = await desk.race(raced, order, dora="lower.P3:{case}:", eve="keeplevel:{case}:")
    case, deeds = await desk.stored(raced)
    assert case is not None and case.lowering is None
    assert (case.level, deeds) == (
        (Level.P3, [("dora", "level")]) if order == 1 else (Level.P1, [("eve", "level.kept")])
    )
    assert "level.settled" in told[("dora", "eve")[::order][1]]


@pytest.mark.parametrize("order", BOTH_ORDERS)
async def test_given_somebody_who_opens_while_it_is_restricted_then_nothing_of_it_stays_with_them(
    desk: Desk, order: int
) -> None:
    raced = desk.reports["restrict", order]
    told = await desk.race(raced, order, ann="restrict:{case}:", bob="open:{case}:")
    case, deeds = await desk.stored(raced)
    assert case is not None and case.restricted and not case.second
    assert not desk.reads("bob", raced)
    assert (("bob", "open") in deeds) is (order == -1), "what was opened is on record"
    assert order == -1 or told["bob"] == ["refused.no-case"]


@pytest.mark.parametrize("order", BOTH_ORDERS)
async def test_given_somebody_who_claims_while_it_is_restricted_then_they_hold_it_or_do_not_know_it(
    desk: Desk, order: int
) -> None:
    raced = desk.reports["narrow", order]
    told = await desk.race(raced, order, eve="restrict:{case}:", cat="claim:{case}:")
    case, _ = await desk.stored(raced)
    assert case is not None and case.restricted
    assert desk.holder(case) == ("" if order == 1 else "cat")
    assert ("refused.no-case" if order == 1 else "claim.done") in told["cat"]


@pytest.mark.parametrize("order", BOTH_ORDERS)
async def test_given_a_holder_who_reads_while_it_is_erased_then_nothing_of_it_stays_anywhere(
    desk: Desk, order: int
) -> None:
    raced = desk.reports["erase", order]
    await desk.race(raced, 1, reporter="erase:{token}:")
    await desk.race(raced, order, reporter="erased:{token}:", ann="open:{case}:")
    case, _ = await desk.stored(raced)
    assert case is None
    assert not desk.reads("ann", raced)


def _last(phone: Phone) -> int:
    return max((each.message_id for each in phone.chat(BOT)), default=0)


def _after(phone: Phone, number: int) -> list[ChatMessage]:
    return [each for each in phone.chat(BOT) if each.message_id > number and each.from_bot]


def _ids(messages: list[ChatMessage]) -> list[str]:
    """The texts that they begin with."""
    return [reader("en").ids(each)[0] for each in messages]
