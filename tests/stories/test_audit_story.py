"""The audit chain as admins read it, locking everybody, and help: what each role can do and how."""

import ast
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.i18n import catalogues
from bot.render import plain
from handlers import deeds, menus, wanted
from handlers.desk import talk
from handlers.measures import Measure
from handlers.menus import EXAMPLES, MENUS, help_lines, usage
from handlers.model import CaseState, Choice, Command, Conversation, Entry, Found, Hours, Record, Role, Search
from handlers.office import audit
from handlers.permissions import Action, may_see
from handlers.routes import ROUTES
from tests.stories.conftest import House, Phone

ROOT = Path(__file__).parents[2]
UNSEALED = {
    Action.CONVERSE: "what comes back from the world",
    Action.SUBSCRIBE: "a line would say who reads advisories and when",
    Action.ENROL: "a newcomer's own key, before approval",
    Action.BELONG: "a language",
    Action.SUSPENDED: "nothing is possible",
    Action.QUEUE: "headers",
    Action.TEAM: "names and roles",
    Action.FIGURES: "numbers, of no case",
}
"""Actions that neither change nor read anything sealed for people, and why they leave no line."""
AUDITED = {
    Action.REPORT: {"report", "erase"},
    Action.AUDIT: {"audit"},
    Action.FOLLOW: {"reopen", "consent", "code", "checkin-set", "checkin-over"},
    Action.JOIN: {"join"},
    Action.UNLOCK: {"unlock", "unlock-failed", "lock", "lock-all"},
    Action.RENEW: {"passphrase", "new-key"},
    Action.DUTY: {"oncall"},
    Action.CLAIM: {"claim"},
    Action.SEEN: {"seen"},
    Action.SETTLE: {"settle"},
    Action.READ: {"open", "file", "timeline"},
    Action.ORIGINAL: {"original", "original.asked"},
    Action.VOUCH: {"vouch"},
    Action.SHARE: {"share.begun", "share.asked", "share"},
    Action.COUNTERSIGN: {"share.look", "share.yes", "share.no"},
    Action.HAND_OVER: {"handover"},
    Action.TAKE_OVER: {"takeover", "decline"},
    Action.RESTRICT: {"restrict", "widen"},
    Action.STEP_BACK: {"stepback"},
    Action.MERGE: {"merge"},
    Action.LEVEL: {"level", "level.asked"},
    Action.AGREE: {"level", "level.kept"},
    Action.REPLY: {"reply"},
    Action.NOTE: {"note", "link"},
    Action.RELEASE: {"release"},
    Action.CLOSE: {"close"},
    Action.REOPEN: {"reopen"},
    Action.KEEP: {"keep", "letgo"},
    Action.INVITE: {"invite"},
    Action.APPROVE: {"approve", "refuse"},
    Action.MANAGE: {measure.value for measure in Measure},
    Action.ADVISE: {
        *("advise", "advise.asked", "advise.approved", "advise.refused", "advise.withdrawn", "advise.over"),
        *("advise.held", "advise.resumed", "advise.stopped", "advise.recalled", "advise.corrected", "advise.altered"),
    },
    Action.EXPORT: {"export.asked", "export.yes", "export.no", "export"},
    Action.BAN: {"ban", "unban"},
    Action.BOARD: {"group-set", "group-ended"},
    Action.PANIC: {"panic.asked", "panic"},
}
"""The lines of every other action. A new action must be in one of the two tables."""


def _entries() -> set[str]:
    """The actions of all `Entry(…)` of the program that are written out."""
    found = set()
    for path in (*(ROOT / "handlers").rglob("*.py"), *(ROOT / "storage").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Entry" and node.args:
                named = node.args[0]
                found |= {named.value} if isinstance(named, ast.Constant) else set()
    return found


def test_given_the_table_of_permissions_then_every_action_leaves_a_line_or_touches_nothing_sealed():
    assert set(AUDITED).isdisjoint(UNSEALED)
    assert set(Action) - set(AUDITED) - set(UNSEALED) == set(), "add the new action to AUDITED, or to UNSEALED with why"
    written = _entries() | {"file", "original", "restrict", "widen", *Measure}
    for action, lines in AUDITED.items():
        assert lines <= written, action


def test_given_every_line_that_is_written_then_the_log_can_name_it():
    assert _entries() <= set(deeds.ACTIONS), "add the new one to handlers.deeds.ACTIONS, and audit.act.<it>"
    for catalogue in catalogues().values():
        assert all(catalogue.knows(deeds.named(action).id) for action in deeds.ACTIONS)
    assert set(audit.CHOSEN) <= set(deeds.ACTIONS)
    assert all(len(action) <= 22 for action in audit.CHOSEN)


@pytest.fixture
def desk(house: House):
    """A case that was claimed, opened, answered, noted and closed."""
    house.reporter().report()
    responder = house.member("ruth")
    case = next(iter(house.cases.values()))
    for name, more in (("claim", ""), ("case", ""), ("reply", " hello")):
        responder.command(name, f"{case.ref}{more}")
    responder.press("relay")
    for name, more in (("note", " call"), ("close", "")):
        responder.command(name, f"{case.ref}{more}")
    responder.press("outcome", talk.OUTCOMES[0])
    return house, case


def test_given_a_case_that_was_worked_on_then_each_deed_is_a_line(desk):
    house, case = desk
    assert [entry.action for entry in house.audit if entry.case == case.id] == [
        *("report", "claim", "open", "reply", "note", "close")
    ]


def _search(house: House, admin: Phone, args: str) -> tuple[Search, Found]:
    """What the storage would find for this: the newest first."""
    asked = audit.wanted(Command("audit", args), house.conversations[admin.address]).search
    assert asked is not None
    lines = [
        Record(number, house.now, entry, house.cases.get(entry.case)) for number, entry in enumerate(house.audit, 1)
    ]
    return asked, Found(tuple(reversed(lines)))


def test_given_the_ways_to_ask_then_each_is_understood():
    typed = {
        "": Search(),
        "K7MPQR": Search(ref="K7MPQR"),
        "#k7mpqr": Search(ref="K7MPQR"),
        "2026-11-23": Search(day="2026-11-23"),
        "claim": Search(action="claim"),
        "Brave River": Search(member="Brave River"),
        "open Brave River 2026-11-23": Search(action="open", member="Brave River", day="2026-11-23"),
        "2026-13-99": Search(member="2026-13-99"),
    }
    assert {args: audit._typed(args) for args in typed} == typed


def test_given_an_admin_with_a_roster_then_days_are_those_of_their_own_clock(house):
    admin = house.member("ada", Role.ADMIN)
    me = next(iter(house.members.values()))
    house.members[me.id] = replace(me, hours=Hours("Pacific/Auckland"))
    house.offset = lambda zone, at: timedelta(hours=13 if zone == "Pacific/Auckland" else 0)
    asked = wanted(Command("audit", "2026-11-24"), house._person(admin.address), Conversation()).search
    assert asked == Search(day="2026-11-24", zone="Pacific/Auckland")
    admin.command("audit")
    assert admin.press("auditday") == ["audit.day"]
    days = [button.arg for row in admin.heard()[-1].message.choices for button in row if button.verb == "auditday"]
    assert days[:2] == ["2026-11-24", "2026-11-23"], "there it is tomorrow already"


def test_given_an_admin_when_they_read_the_log_then_names_and_cases_stand_there_and_no_content(desk):
    house, case = desk
    admin = house.member("ada", Role.ADMIN)
    _, house.found = _search(house, admin, "")
    assert admin.command("audit") == ["audit.lines"]
    shown = admin.heard()[-1].message
    last = next(line for line in shown.lines if line.id == "audit.line")
    assert (last.params["who"].params["text"], last.params["about"]) == ("ruth", case.ref)
    assert "hello" not in repr(shown) and "call" not in repr([line.params for line in shown.lines])
    assert admin.press("auditwhat") == ["audit.what"]
    assert admin.press("auditwhat", "claim") == ["audit.lines"]
    assert house.conversations[admin.address].search == Search(action="claim")
    assert admin.press("auditwho") == ["audit.who"]
    assert admin.bring(Choice("auditwho", next(iter(house.members)))) == ["audit.lines"]
    assert admin.press("audit", "") == ["audit.lines"]
    assert house.conversations[admin.address].search == Search()


def test_given_a_name_that_nobody_has_then_the_right_use_is_shown(desk):
    house, _ = desk
    admin = house.member("ada", Role.ADMIN)
    assert admin.command("audit", "Nobody Here") == ["audit.usage"]


@pytest.mark.parametrize("change", [{"hidden_from": ("TJ",)}, {"state": CaseState.SILENT}])
def test_given_a_case_of_which_an_admin_may_not_know_then_its_lines_are_not_theirs(desk, change):
    house, case = desk
    house.member("de", communities=("DE",))
    admin = house.member("ada", Role.ADMIN, communities=("TJ",))
    house.cases[case.id] = replace(house.cases[case.id], **change)
    reader, team = house.members[_id(house, admin)], tuple(house.members.values())
    _, found = _search(house, admin, "")
    assert not any(may_see(reader, record, team) for record in found.records)


def test_given_the_log_when_it_is_read_then_that_is_a_line_and_no_number_of_a_line_leaves_the_house(desk):
    house, _ = desk
    admin = house.member("ada", Role.ADMIN)
    _, found = _search(house, admin, "claim")
    house.found = replace(found, older=4711)
    admin.command("audit", "claim")
    assert house.audit[-1] == Entry("audit", _id(house, admin))
    assert ("audit", "older") in admin.buttons() and "4711" not in repr(admin.heard()[-1].message)
    assert admin.press("audit", "older") == ["audit.lines"]
    assert audit.wanted(Choice("audit", "older"), house.conversations[admin.address]).search == Search(
        action="claim", before=4711
    )
    assert [entry.action for entry in house.audit[-2:]] == ["audit", "audit"]


def test_given_anybody_but_an_unlocked_admin_then_the_log_is_not_shown(desk):
    house, _ = desk
    assert house.member("res").command("audit")[0] == "command.unknown"
    assert house.member("loc", Role.ADMIN, unlocked=False).command("audit") == ["refused.locked"]


def test_given_open_keys_when_an_admin_locks_all_then_everybody_is_locked_and_told(house: House):
    admin, responder, closed = (
        house.member("ada", Role.ADMIN),
        house.member("ruth"),
        house.member("tom", unlocked=False),
    )
    assert admin.command("lock", "all") == ["lock.all"]
    assert house.open_keys == set()
    house.pass_time(seconds=1)
    told = [said for said in house.said if said.message.id == "lock.others"]
    assert [(said.to, said.message.params["by"]) for said in told] == [(responder.address, "ada")]
    assert "lock.others" not in [said.message.id for said in closed.heard()]
    assert house.audit[-1] == Entry("lock-all", _id(house, admin))


def test_given_a_responder_when_they_lock_all_then_only_their_own_keys_are_locked(house: House):
    other, responder = house.member("ada", Role.ADMIN), house.member("ruth")
    assert responder.command("lock", "ALL") == ["lock.done"]
    assert house.open_keys == {_id(house, other)}


def _id(house: House, phone: Phone) -> str:
    return next(id for id, member in house.members.items() if member.address == phone.address)


COMMANDS = [(role, command) for role, menu in MENUS.items() for command in menu]


@pytest.mark.parametrize(("role", "command"), COMMANDS)
def test_given_any_menu_then_every_command_has_a_route_a_line_of_help_and_its_right_use_in_each_language(role, command):
    assert any(route.event is Command and route.name == command for route in ROUTES)
    line, example = help_lines(role, f"/{command}")
    assert example == usage(command) and EXAMPLES.get(command, f"/{command}").startswith(f"/{command}")
    for code, catalogue in catalogues().items():
        shown, used = plain(line, catalogue), plain(example, catalogue)
        assert shown.startswith(f"/{command} ") and len(shown) > len(command) + 4, code
        assert f"/{command}" in used
    topics = menus.topics(role).values() if role in {Role.RESPONDER, Role.ADMIN} else [MENUS[role]]
    assert line in [each for topic in topics for each in menus.topic_lines(topic)]


@pytest.mark.parametrize("role", [Role.RESPONDER, Role.ADMIN])
def test_given_a_member_when_they_ask_for_help_then_all_their_commands_stand_there(house: House, role: Role):
    phone = house.member("ruth", role)
    assert phone.command("help") == [f"help.{role.value}"]
    shown = [line.params["commands"] for line in phone.heard()[-1].message.lines if line.id == "help.topic"]
    assert " ".join(shown).split() == [f"/{command}" for command in MENUS[role]]
    assert len(phone.heard()[-1].message.lines) < 10, "a phone's screen"
    for topic, commands in menus.topics(role).items():
        assert phone.press("topic", None if topic == "find" else topic) == ["topic.head"]
        assert [line.params["command"] for line in phone.heard()[-1].message.lines] == [f"/{each}" for each in commands]
    phone.command("help", "claim")
    assert [line.id for line in phone.heard()[-1].message.lines[:2]] == ["help.takes", "usage"]


def test_given_a_reporter_when_they_ask_for_help_then_all_their_commands_stand_there(house: House):
    phone = house.reporter()
    phone.begin()
    assert phone.command("help") == ["help.reporter"]
    shown = [line.params["command"] for line in phone.heard()[-1].message.lines]
    assert shown == [f"/{command}" for command in MENUS[Role.REPORTER]]
