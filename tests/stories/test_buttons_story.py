"""Everything at the desk by commands and by buttons: what leads where, on screens that fit a phone."""

import copy
from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from bot.i18n import catalogues
from bot.render import keyboard, plain
from bot.telegram.calls import LIMITS
from handlers import waits
from handlers.desk import levels, pairs
from handlers.menus import ALONE, MENUS, TAKES
from handlers.model import (
    Address,
    Barred,
    Board,
    Choice,
    Command,
    File,
    FileKind,
    Level,
    Linked,
    MessageRef,
    Part,
    PartId,
    Role,
    SetMenu,
    Step,
    StoredFile,
    Uncleanable,
    Uncleaned,
)
from handlers.permissions import GRANTS
from handlers.routes import ANY, ROUTES
from tests.stories.conftest import Phone

FILE = PartId("f" * 22)
WORDS_WANTED = {Step.REPLY, Step.NOTE, Step.LEVEL, Step.HAND_OVER, Step.ADVISE, Step.SHARE, Step.SHARE_NO, Step.EXPORT}

OTHER_BUTTON = {"case": "open", "start": "help", "cancel": "stop"}
"""Commands whose button has another name; all others have one of the same name."""
WITHOUT_BUTTON = {
    "hold": "its button stands under the reminder of a case that rests, and nowhere else",
    "resend": "its button stands where somebody whom an answer did not reach is back, and nowhere else",
    "panic": "destroys the server's keys: nobody may come there by pressing",
}
"""Commands of the menus without a button, and why."""
WITHOUT_COMMAND = {
    "original": "stands only under the notice that a file has no clean copy, so that nobody asks for it by habit",
    "boardyes": "stands under what /desk here brings, and that is typed in a group",
}
"""Buttons to which no command leads, and why."""
UNLISTED = {
    "join": "belongs to an invitation, which names it; nobody on a menu needs it",
    "start": "the messenger's own; for members it is /help",
}
"""Commands that are not in the command menu, and why."""

COLUMNS, ROWS, LABEL = 3, 8, 24
"""What fits a phone: buttons abreast, rows of them, and letters on one."""
WIDER = {
    "roster.head": "seven days of two letters, four abreast",
    "roster.begin.ask": "twenty-four hours, six abreast",
    "roster.end.ask": "twenty-four hours, six abreast",
}
HIGHER = {
    "advise.part": "as many as there are countries to choose from",
    "audit.what": "eleven actions, whose names are long in some languages",
    "help.admin": "one for each thing that an admin does, and some names are long",
    "roster.begin.ask": "twenty-four hours and the way back",
    "roster.end.ask": "twenty-four hours and the way back",
}


@dataclass
class Walk:
    """Every way from here, each button once; what is typed where words are wanted is always the same."""

    verbs: set[str] = field(default_factory=set)
    messages: list = field(default_factory=list)
    pressed: set = field(default_factory=set)

    def go(self, phone, said):
        """On from a state of the house, with what was said last."""
        waiting = [(phone, said)]
        while waiting:
            at, heard = waiting.pop()
            mine = [each for each in heard if each in at.heard()]
            self.messages += [each.message for each in mine]
            waiting += [
                on for each in mine for row in each.message.choices for button in row if (on := self._press(at, button))
            ]
            waiting += self._write(at, tuple(each.message.id for each in mine))

    def _press(self, at, button):
        self.verbs.add(button.verb)
        key = (button.verb, button.arg if button.verb not in {"rbegin", "rend", "rzone", "advpick"} else "")
        key += (_corrects(at),) if button.verb in {"preview", "advlang"} else ()
        if key in self.pressed:
            return None
        self.pressed.add(key)
        phone = _apart(at)
        phone.bring(Choice(button.verb, button.arg, button.prompt, MessageRef("0")))
        return phone, phone.house.said[len(at.house.said) :]

    def _write(self, at, screens):
        step = at.house.conversations[at.address].step
        if step not in WORDS_WANTED or (step, screens, _corrects(at)) in self.pressed:
            return []
        self.pressed.add((step, screens, _corrects(at)))
        phone = _apart(at)
        phone.say("some words")
        return [(phone, phone.house.said[len(at.house.said) :])]


def _apart(phone):
    """The same phone in a house of its own: what happens there happens nowhere else."""
    house = copy.copy(phone.house)
    for name, value in vars(house).items():
        if isinstance(value, dict | list | set):
            setattr(house, name, copy.copy(value))
    house.parts = {case: list(parts) for case, parts in house.parts.items()}
    return Phone(house, phone.address, phone.count)


def _corrects(phone):
    """Whether an advisory that is out is being written anew: the same buttons lead elsewhere then."""
    draft = phone.house.conversations[phone.address].advisory
    return bool(draft and draft.of)


def _stand(house, phone, **how):
    """A member who is not as all others."""
    house.members[phone.id] = replace(house.members[phone.id], **how)


def _share(phone, case):
    """Nothing of it, and a second person is asked."""
    phone.command("share", case.ref)
    for verb in ("shareto", "sharerest", "shareskip", "shareask"):
        phone.press(verb)


def _export(asker, agreeing, case, second):
    """The asker's, of what was given; it may be fetched."""
    _share(asker, case)
    for phone, verb in ((second, "sharelook"), (second, "shareyes"), (asker, "shareget")):
        phone.press(verb, case.id if verb != "shareyes" else None)
    asker.command("export")
    for verb in ("expto", "expwhat", "expshow", "expask"):
        asker.press(verb)
    for verb in ("explook", "expyes"):
        agreeing.press(verb)


@pytest.fixture
def office(house):
    """An admin who holds three reports of one chat, one with a file; what others ask of them; one report waits."""
    admin, other, second = (house.member(name, Role.ADMIN) for name in ("admin", "other", "second"))
    house.member("present")
    house.board = Board(Address("test:-100"), Address("test:-100"))
    admin.command("invite", "responder Falcon")
    _stand(house, house.member("new"), active=False)
    _stand(house, house.member("away"), active=False, barred=Barred.SUSPENDED)
    house.partners = ("Lighthouse",)
    often = house.reporter("often")
    often.report(category="threat", share="yes")
    for _ in range(2):
        often.command("report")
        often.fill(category="threat", share="yes")
        often.press("send")
    one, two, three = house.cases.values()
    for case in (one, two, three):
        admin.command("claim", case.ref)
    _share(second, two)
    _share(admin, one)
    second.press("sharelook", one.id)
    second.press("shareyes")
    _export(admin, other, three, second)
    stored = StoredFile("b" * 22, b"k" * 32, FileKind.DOCUMENT, 9, b"d" * 32)
    house.parts[one.id].append(Part(FILE, house.now, "reporter", File(stored)))
    house.reporter("urgent").report(danger="now")
    danger = next(case for case in house.cases.values() if case.level is Level.P1)
    other.command("claim", danger.ref)
    other.command("level", f"{danger.ref} P3 A mistake.")
    other.command("case", danger.ref)
    house.parts[danger.id].append(Part(PartId("g" * 22), house.now, "reporter", File(stored)))
    other.forge("original", "g" * 22)
    other.command("handover", danger.ref)
    other.press("handto", admin.id)
    other.press("handbare")
    house.reporter("third").report(danger="now", category="other")
    house.reporter("fourth").report(category="other")
    aside = list(house.cases.values())[-1]
    second.command("ban", aside.ref)
    second.press("ban.yes")
    house.subscribers = {"en": 5, "ru": 2}
    _advise(other, "Beware of doors.")
    second.press("advyes")
    house.advisories[house.advisory.id] = replace(house.advisory, state="done", sent=5)
    _advise(other, "Beware of calls.")
    second.press("advyes")
    _advise(second, "Beware of letters.")
    admin.command("case", one.ref)
    admin.bring(Uncleaned(one.id, FILE, Uncleanable.UNTOOLED))
    return admin, one, two, aside


def _advise(author, text):
    author.command("advise")
    for language in ("en", "ru"):
        author.press("advlang", language)
        author.say(text)
    author.press("preview")
    author.press("advsend")


def _desk(kind, role):
    """The names of what a member may do with commands, or with buttons."""
    may = GRANTS[role] - GRANTS[Role.REPORTER]
    return {route.name for route in ROUTES if route.event is kind and route.name != ANY and route.needs in may}


def _locked(admin):
    phone = _apart(admin)
    phone.house.open_keys.discard(phone.id)
    return phone


def _asked_for(admin):
    """The same admin, where the export is another's that waits for a yes."""
    phone = _apart(admin)
    other = next(id for id, each in phone.house.members.items() if each.name == "other")
    phone.house.export = replace(phone.house.export, by=other, allowed="")
    return phone


def _arguments(command, one, two, aside):
    """How a command is tried: with what it takes."""
    case = aside if command == "unban" else one
    return {"code": case.ref, "codes": f"{one.ref} {two.ref}", "words": f"{one.ref} words"}.get(TAKES.get(command), "")


@pytest.fixture
def by_commands(office, monkeypatch):
    """What is met when everything begins with a command of the menu."""
    monkeypatch.setattr(pairs, "PAGE", 1)
    admin, *cases = office
    walk = Walk()
    menu = MENUS[Role.ADMIN]
    for base, commands in ((admin, menu), (_locked(admin), menu), (_asked_for(admin), ("requests",))):
        for command in commands:
            for args in {_arguments(command, *cases), ""}:
                phone = _apart(base)
                before = len(phone.house.said)
                phone.command(command, args)
                walk.go(phone, phone.house.said[before:])
    return walk


@pytest.fixture
def by_buttons(office):
    """What is met when nothing is typed, from what stands in the chat and the first screen."""
    admin, *_ = office
    walk = Walk()
    for base in (admin, _locked(admin)):
        phone = _apart(base)
        phone.command("start")
        walk.go(phone, phone.heard())
    return walk


def test_given_every_button_of_the_desk_then_a_command_leads_to_it_or_a_reason_is_named(by_commands):
    missing = _desk(Choice, Role.ADMIN) - _desk(Command, Role.ADMIN) - by_commands.verbs
    other_levels = {levels.agreeing(level) for level in Level if level is not Level.P3}  # only one can be proposed here
    assert missing - other_levels == set(WITHOUT_COMMAND)


def test_given_every_command_of_the_menu_then_a_button_does_the_same_or_a_reason_is_named(by_buttons):
    buttons = {command: OTHER_BUTTON.get(command, command) for command in MENUS[Role.ADMIN]}
    missing = {command for command, verb in buttons.items() if verb not in by_buttons.verbs}
    assert missing == set(WITHOUT_BUTTON)


@pytest.mark.parametrize("role", Role)
def test_given_the_routes_then_the_menu_of_each_role_names_every_command_that_it_may_use(role):
    may = GRANTS[role]
    commands = {route.name for route in ROUTES if route.event is Command and route.needs in may} - {ANY}
    assert commands - set(UNLISTED) == set(MENUS[role]) - set(UNLISTED)


def test_given_every_screen_then_it_fits_a_phone_in_each_language(by_commands, by_buttons):
    messages = {repr(each): each for each in (*by_commands.messages, *by_buttons.messages) if each.choices}
    for message in messages.values():
        assert max(len(row) for row in message.choices) <= COLUMNS or message.id in WIDER, message.id
        for code, catalogue in catalogues().items():  # long rows are parted when they are rendered
            rows = keyboard(message, catalogue, LIMITS)
            assert len(rows) <= ROWS or message.id in HIGHER, (message.id, code)


def test_given_every_button_then_its_label_fits_in_each_language(by_commands, by_buttons):
    met = (*by_commands.messages, *by_buttons.messages)
    buttons = {repr(button.label): button.label for message in met for row in message.choices for button in row}
    for code, catalogue in catalogues().items():
        labels = (plain(label, catalogue).removeprefix("✓ ") for label in buttons.values())
        assert [label for label in labels if len(label) > LABEL] == [], code


# --- Two cases, chosen by buttons ---


@pytest.fixture
def holder(house):
    """Somebody who holds many cases, each of another reporter."""
    holder = house.member("holder")
    for number in range(20):
        house.reporter(f"r{number}").report(category="threat")
    for case in house.cases.values():
        holder.command("claim", case.ref)
    return holder


def _first(house):
    return next(iter(house.cases.values()))


def _offered(phone, verb):
    return [arg for each, arg in phone.buttons() if each == verb]


def test_given_many_cases_when_one_is_linked_by_buttons_then_all_others_are_offered_in_pages_and_a_yes_links(
    house, holder
):
    case = _first(house)
    assert holder.forge("more", case.id) == ["case.actions"]
    assert holder.press("link") == ["link.which"]
    seen = _offered(holder, "linkto")
    for page in ("1", "2"):
        assert holder.press("linkpage", page) == ["link.which"]
        seen += _offered(holder, "linkto")
    assert sorted(seen) == sorted(set(house.cases) - {case.id})
    assert holder.press("linkpage", "1") == ["link.which"]
    other = house.cases[_offered(holder, "linkto")[0]]
    assert holder.press("linkto", other.id) == ["link.ask"]
    assert not [part for part in house.parts[case.id] if isinstance(part.body, Linked)], "not before the yes"
    assert holder.press("linkyes") == ["link.done"]
    linked = [part.body.ref for each in (case, other) for part in house.parts[each.id] if isinstance(part.body, Linked)]
    assert linked == [other.ref, case.ref]


def test_given_cases_of_others_then_a_responder_is_offered_none_of_them(house):
    one, two = house.member("one"), house.member("two")
    for name in ("a", "b"):
        house.reporter(name).report(category="threat")
    mine, theirs = house.cases.values()
    one.command("claim", mine.ref)
    two.command("claim", theirs.ref)
    assert one.forge("link", mine.id) == ["pair.none"]
    assert one.forge("merge", mine.id) == ["pair.none"]
    forged = house.conversations[one.address]
    house.conversations[one.address] = replace(forged, step=Step.LINK, focus=mine.id)
    assert one.forge("linkto", theirs.id) == ["refused.not-holder"]
    house.conversations[one.address] = replace(forged, step=Step.LINK, focus=mine.id, chosen=theirs.id)
    assert one.forge("linkyes", "") == ["refused.not-holder"]
    assert not [part for part in house.parts[mine.id] if isinstance(part.body, Linked)]


def test_given_two_reports_of_one_chat_when_merged_by_buttons_then_one_is_left(house, office):
    admin, one, two, _ = office
    admin.forge("merge", one.id)
    assert _offered(admin, "mergeto")[0] == two.id
    assert len(_offered(admin, "mergeto")) == 2, "only what is held by who merges"
    assert admin.press("mergeto", two.id) == ["merge.ask"]
    assert "merge.done" in admin.press("mergeyes")
    assert two.id not in house.cases


def test_given_reports_of_different_people_when_merged_by_buttons_then_it_is_refused(house, holder):
    case = _first(house)
    holder.forge("merge", case.id)
    assert holder.press("mergeto") == ["merge.others"]
    assert len(house.cases) == 20


def test_given_a_page_that_was_never_there_then_the_last_one_is_shown(house, holder):
    holder.forge("link", _first(house).id)
    prompt = house.conversations[holder.address].prompt
    for page in ("99", "-1", "x", "²"):
        assert holder.bring(Choice("linkpage", page, prompt, MessageRef("0"))) == ["link.which"]
    assert pairs.PAGE == 8


# --- What colleagues ask, found again ---


def test_given_questions_of_colleagues_when_asked_for_then_all_stand_there_with_their_answers(house, office):
    admin, *_ = office
    asked = admin.command("requests")
    own = asked[5:]
    assert asked[:5] == ["advise.waiting", "handover.offer", "level.agree", "original.ask", "share.asks"]
    assert own == ["export.ready", "share.ready"], "then what they asked of others"
    admin.press("vouchno")
    admin.press("keeplevel")
    assert admin.command("requests") == ["advise.waiting", "handover.offer", "share.asks", *own]
    admin.press("shareno")
    admin.press("sharebare")
    admin.press("handno")
    admin.press("advno")
    admin.say("No.")
    assert admin.command("requests") == own


def test_given_questions_that_are_not_theirs_or_too_old_then_none_is_shown(house, office):
    admin, *_ = office
    stranger = house.member("stranger")
    assert stranger.command("requests") == ["original.ask", "share.asks"], (
        "a responder decides about no level and was offered nothing"
    )
    house.now += waits.ASKED
    for phone in (admin, stranger):
        assert phone.command("requests") == ["requests.none"]


# --- Wrong use ---


@pytest.mark.parametrize("command", sorted(ALONE))
def test_given_words_behind_a_command_that_takes_none_then_one_line_says_how_it_is_used(house, command):
    admin = house.member("admin", Role.ADMIN)
    before = house.conversations[admin.address], len(house.audit), len(house.effects)
    assert admin.command(command, "and more") == ["usage.more"]
    assert (house.conversations[admin.address], len(house.audit), len(house.effects) - 1) == before
    assert admin.heard()[-1].message.params == {"example": f"/{command}"}


def test_given_too_much_behind_a_code_then_nothing_is_done_unless_a_reason_may_stand_there(house, office):
    admin, one, *_ = office
    before = dict(house.cases)
    bare = {name for name, takes in TAKES.items() if takes == "code"} - {"level", "notme"}
    assert {name: admin.command(name, f"{one.ref} at once") for name in bare} == {name: ["usage.more"] for name in bare}
    assert house.cases == before
    for command in ("level", "notme"):
        assert admin.command(command, f"{one.ref} at once") != ["usage.more"]


def test_given_a_level_that_there_is_not_then_the_right_use_and_all_levels_are_shown_and_none_changes(house, office):
    admin, one, *_ = office
    assert admin.command("level", f"{one.ref} P9 It got worse.") == ["level.ask"]
    shown = admin.heard()[-1].message
    assert [line.id for line in shown.lines] == ["usage"]
    assert house.cases[one.id].level is one.level


def test_given_somebody_who_is_writing_when_a_command_is_misused_then_their_next_words_still_arrive(house, office):
    admin, one, *_ = office
    admin.forge("note", one.id)
    assert admin.command("next", "please") == ["usage.more"]
    assert admin.say("what I was writing") == ["note.kept"]


@pytest.mark.parametrize(("typed", "meant"), [("que", "/queue"), ("clam", "/claim"), ("hepl", "/help")])
def test_given_a_command_that_is_nearly_one_then_that_one_is_named(house, typed, meant):
    responder = house.member("responder")
    assert responder.command(typed) == ["command.unknown"]
    (line,) = responder.heard()[-1].message.lines
    assert (line.id, line.params) == ("command.meant", {"command": meant})


def test_given_a_responder_then_no_command_of_the_admins_is_named(house):
    responder = house.member("responder")
    for typed in ("audi", "advis", "unbann", "invit"):
        responder.command(typed)
        assert "command.meant" not in [line.id for line in responder.heard()[-1].message.lines], typed


def test_given_a_reporter_then_words_behind_a_command_are_never_held_against_them(house):
    phone = house.reporter()
    phone.begin()
    assert "usage.more" not in phone.command("cancel", "please")


# --- The menu follows its reader ---


def _menu(house, phone):
    shown = (each for each in house.effects if isinstance(each, SetMenu) and each.to == phone.address)
    return [(each.role, each.language) for each in shown]


def test_given_a_member_whose_role_or_language_changes_then_their_menu_changes_with_it(house):
    admin, member = house.member("admin", Role.ADMIN), house.member("member")
    menus = []
    for measure in ("promote", "demote", "suspend", "reinstate"):
        admin.forge(measure, member.id)
        admin.press(f"{measure}.yes")
        menus.append(_menu(house, member)[-1])
    assert menus == [(role, "en") for role in (Role.ADMIN, Role.RESPONDER, Role.SUSPENDED, Role.RESPONDER)]
    member.command("language")
    member.press("lang", "ru")
    assert _menu(house, member)[-1] == (Role.RESPONDER, "ru")


def test_given_settings_then_languages_passphrase_and_the_lock_of_all_are_a_press_away(house):
    admin, other = house.member("admin", Role.ADMIN), house.member("other")
    admin.command("help")
    assert admin.press("settings") == ["settings.head"]
    assert [verb for verb, _ in admin.buttons()] == [
        "languages",
        "language",
        "passphrase",
        "lock",
        "stats",
        "export",
        "desk",
        "help",
    ]
    assert "lock.all" in admin.press("lock", "all")
    assert not house.open_keys
    other.command("help")
    other.press("settings")
    assert "lock" not in [verb for verb, _ in other.buttons()]
    assert other.forge("lock", "all")[0] == "lock.done", "for everybody else it locks their own"


def test_given_the_audit_when_narrowed_to_a_day_or_a_case_by_buttons_then_that_is_looked_for(house, office):
    admin, one, *_ = office
    admin.command("audit")
    assert admin.press("auditday") == ["audit.day"]
    admin.press("auditday", f"{house.now:%Y-%m-%d}")
    assert house.conversations[admin.address].search.day == f"{house.now:%Y-%m-%d}"
    admin.forge("more", one.id)
    admin.press("auditcase")
    assert house.conversations[admin.address].search.ref == one.ref
