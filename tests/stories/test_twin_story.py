"""The same days twice, with and without a case that is kept from somebody: what they are sent must not differ.

Whatever is done about the case by those who may, in whatever order, between the same deeds of everybody else.
"""

import hashlib
import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from handlers import duty
from handlers.custody import NOBODY
from handlers.model import CaseId, CaseState, Choice, Edit, MemberId, MessageRef, Role, Send, SetTimer, Withdraw
from tests.stories.conftest import House

DEEDS = 40
COMMANDS = ("queue", "next", "requests", "team", "stats", "export", "advise", "help", "roster", "invite")
NOT_PRESSED = frozenset({"suspend.yes", "revoke.yes", "readmit.yes", "demote.yes", "url"})
"""The days end too early without their people."""


@dataclass
class Days(House):
    """Ids hang on who does what for the how many-th time within a deed, so that they are the same in both."""

    deed: int = 0
    actor: str = ""
    drawn: Counter[str] = field(default_factory=Counter)
    watched: MemberId = NOBODY
    slots: set[str] = field(default_factory=set)
    shown: list[Any] = field(default_factory=list)
    """All that stands, changes or vanishes in the chat of whoever is watched."""

    def new_id(self) -> str:
        drawer = f"{self.deed} {self.actor}"
        self.drawn[drawer] += 1
        return hashlib.sha256(f"{drawer} {self.drawn[drawer]}".encode()).hexdigest()[:22]

    def bring(self, address, event):
        before, self.actor = self.actor, address
        try:
            return super().bring(address, event)
        finally:
            self.actor = before

    def _carry_out(self, address, effect):
        if self._reaches(getattr(effect, "to", "")):
            self._show(effect)
        super()._carry_out(address, effect)

    def _reaches(self, to: Any) -> bool:
        if isinstance(to, str):
            return to == self.members[self.watched].address
        return self.watched in {each.id for each in duty.meant(to, self.members.values(), self.now, self.offset)}

    def _show(self, effect: Any) -> None:
        """What changes or takes away a message that never stood there is nothing that anybody sees."""
        slot = getattr(effect, "slot", "")
        unseen = isinstance(effect, Edit | Withdraw) and slot not in self.slots and not getattr(effect, "target", "")
        if unseen or isinstance(effect, SetTimer):
            return
        self.shown.append(effect)
        if isinstance(effect, Send) and slot:
            self.slots.add(slot)


def _given(days, by, second, case):
    """To a partner, as two agreed."""
    by.command("share", days.cases[case].ref)
    for verb in ("shareto", "sharerest", "shareskip", "shareask"):
        by.press(verb)
    second.press("sharelook", case)
    second.press("shareyes")
    by.press("shareget", case)


def _reported(days, name, **answers):
    known = set(days.cases)
    days.reporter(name).report(category="threat", share="yes", statistics="yes", **answers)
    (id,) = set(days.cases) - known
    return id


def _secretly(days, team, chance, id):
    """One deed about the case that is kept from somebody, by one of those who may."""
    holder, admin, writer = team["keeper"], team["keeping"], days.reporter("hidden")
    case = days.cases.get(id)
    if case is None:
        return
    ref, level = case.ref, chance.randint(1, 4)
    deeds = {
        "read": lambda: (holder.command("claim", ref), holder.command("case", ref), admin.command("case", ref)),
        "judge": lambda: (holder.command("level", f"{ref} P{level} because"), admin.press(f"lower.P{level}", id)),
        "keep": lambda: admin.press("keeplevel", id),
        "let go": lambda: holder.command("release", ref),
        "narrow": lambda: admin.command("restrict", ref),
        "share": lambda: _given(days, holder, admin, id),
        "hand": lambda: (holder.command("handover", ref), holder.press("handto"), holder.press("handbare")),
        "take": lambda: admin.press("handyes", id),
        "rest": lambda: holder.command(chance.choice(("settle", "hold")), ref),
        "ban": lambda: (admin.command(chance.choice(("ban", "unban")), ref), admin.press("ban.yes")),
        "close": lambda: (holder.command("close", ref), holder.press("outcome", "helped")),
        "reopen": lambda: admin.command("reopen", ref),
        "more": lambda: (writer.command("start"), writer.press("add"), writer.say("more")),
        "consent": lambda: _consenting(writer, chance),
        "erase": lambda: chance.random() < 0.2 and (writer.command("erase"), writer.press("erased")),
    }
    with suppress(AssertionError):  # a button that is not there now
        deeds[chance.choice(sorted(deeds))]()


def _consenting(writer, chance):
    writer.command("start")
    for verb in ("status", "consents"):
        writer.press(verb)
    writer.press("consent", chance.choice(("share", "statistics")))
    writer.press(chance.choice(("withdraw", "allow")))


def _openly(days, team, chance):
    """One deed that is the same on both days."""
    asker, other, watched, luck = team["asker"], team["other"], team["watched"], chance.random()
    free = [each.ref for each in days.cases.values() if not each.clearance.hidden_from and each.state is CaseState.OPEN]
    deeds = {
        "export": lambda: [asker.press(*each) for each in _export(asker)],
        "look": lambda: watched.press("explook"),
        "fetch": lambda: asker.press("expget"),
        "back": lambda: asker.press("expno"),
        "report": lambda: _reported(days, f"writer {luck}"),
        "claim": lambda: free and other.command("claim", free[0]),
        "wait": lambda: days.pass_time(minutes=int(luck * 2000)),
        "command": lambda: watched.command(COMMANDS[int(luck * len(COMMANDS))]),
        "press": lambda: _pressed(days, watched, luck),
    }
    with suppress(AssertionError):
        deeds[chance.choice([*sorted(deeds), "command", *["press"] * 3])]()


def _export(asker):
    asker.command("export")
    return (("expto", "lighthouse"), ("expwhat", "lighthouse.rows"), ("expshow",), ("expask",))


def _pressed(days, watched, luck):
    """Any button of the newest messages in the chat that is watched."""
    messages = [each.message for each in days.shown if isinstance(each, Send | Edit) and each.message.choices][-6:]
    found = [each for said in messages for row in said.choices for each in row if each.verb not in NOT_PRESSED]
    if found:
        button = found[int(luck * len(found))]
        watched.bring(Choice(button.verb, button.arg, button.prompt, MessageRef("0")))


def _lived(program, role, seed, hidden):
    """What somebody of the community that must not know was sent in these days."""
    days = Days(program, partners=("Lighthouse",), subscribers={"en": 4})
    desk = {"asker": Role.ADMIN, "other": Role.RESPONDER, "keeper": Role.RESPONDER, "keeping": Role.ADMIN}
    team = {name: days.member(name, each, communities=("FR",)) for name, each in desk.items()}
    team["watched"] = days.member("watched", role, communities=("TJ",))
    days.watched = team["watched"].id
    seen = _reported(days, "seen")
    team["other"].command("claim", days.cases[seen].ref)
    _given(days, team["other"], team["asker"], seen)
    kept = _reported(days, "hidden", origin="TJ", community="home") if hidden else CaseId("")
    if hidden:
        team["keeper"].command("claim", days.cases[kept].ref)
        _given(days, team["keeper"], team["keeping"], kept)
    openly, secretly = random.Random(seed), random.Random(seed + 1)
    for days.deed in range(1, DEEDS):
        for _ in range(secretly.randint(0, 2) if hidden else 0):
            _secretly(days, team, secretly, kept)
        _openly(days, team, openly)
    return days.shown


@pytest.mark.parametrize("role", [Role.RESPONDER, Role.ADMIN])
@pytest.mark.parametrize("seed", [101, 103, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(110, 130))])
def test_given_a_case_that_is_kept_from_somebody_then_all_that_they_are_sent_is_as_if_it_were_not_there(
    program, role, seed
):
    without = _lived(program, role, seed, hidden=False)
    assert len(without) > DEEDS // 4, "the days have something to show"
    assert _lived(program, role, seed, hidden=True) == without
