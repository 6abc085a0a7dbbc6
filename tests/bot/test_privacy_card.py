"""The privacy card and the settings in force: what is changed in one shows in the other; which text was agreed to."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import label, make_house
from bot.i18n import catalogues
from bot.program import load
from bot.settings import FixedSettings
from handlers import consent
from handlers.model import Address, ConsentId, Context, Conversation, Message, Person
from handlers.reporter import screens

SHOWN = catalogues(strict=True)
PROGRAM = load(None, SHOWN).program
KEY = "age1tf5jc4nmatw4eehaaxjam4n8zwf6t3htl6yee5sm24sk2fxaf38save49j"
"""An age recipient; nobody has the other half."""
GIVEN = {"telegram_token": "1:a", "organisation": "Harbour"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def listed(*names: str) -> Path:
    """A file that names these partners."""
    tables = (f'[p{number}]\nname = "{name}"\nlanguage = "en"\nkey = "{KEY}"\n' for number, name in enumerate(names))
    path = Path(f"{' '.join(names)}.toml").resolve()
    path.write_text("".join(tables))
    return path


def _context(language: str = "en", recoverable: bool = True, **settings: object) -> Context:
    if isinstance(named := settings.get("partners"), tuple):
        settings["partners"] = listed(*named)
    house = make_house(FixedSettings.model_validate(GIVEN | settings), SHOWN, PROGRAM, {}, recoverable)
    return Context(
        now=datetime(2026, 11, 23, tzinfo=UTC),
        new_id=lambda: "0" * 22,
        program=house.program,
        person=Person(Address("telegram:1")),
        conversation=Conversation(language=language),
        desk=house.desk,
        label=lambda message: label(SHOWN, message, language),
    )


def _card(**given: object) -> str:
    context = _context(**given)  # type: ignore[arg-type]
    return context.label(screens.privacy(context, agreed=False))


@pytest.mark.parametrize("language", SHOWN)
@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("organisation", "Lighthouse Union", "Lighthouse Union"),
        ("retention_days", 77, "77"),
        ("backup_days", 13, "13"),
        ("max_file_mb", 6, "6"),
        ("partners", ("First Partner", "Second Partner"), "First Partner, Second Partner"),
    ],
)
def test_given_a_setting_changed_then_the_card_says_the_new_value_in_every_language(language, setting, value, said):
    before, after = _card(language=language), _card(language=language, **{setting: value})
    assert said in after and before != after


@pytest.mark.parametrize("language", SHOWN)
def test_given_a_recovery_key_or_none_then_the_card_says_so_only_if_there_is_one(language):
    line = label(SHOWN, Message("privacy.recovery", {"organisation": "Harbour"}), language)
    assert line in _card(language=language, recoverable=True)
    assert line not in _card(language=language, recoverable=False)


def test_given_files_larger_than_the_messenger_hands_over_then_the_card_promises_no_more_than_that():
    assert "20 MB" in _card(max_file_mb=2000)


def test_given_a_server_of_ones_own_then_the_card_promises_what_is_set(tmp_path: Path):
    assert "300 MB" in _card(max_file_mb=300, telegram_files=tmp_path, telegram_api="http://127.0.0.1:8081")


@pytest.mark.parametrize("language", SHOWN)
def test_given_the_question_before_erasing_then_it_names_the_days_of_backups_in_force(language):
    context = _context(language=language, backup_days=13)
    assert "13" in context.label(screens.confirm_erase(context, context.conversation))


def test_given_the_consent_screen_then_the_card_is_one_press_away_and_leads_back_to_the_decision():
    context = _context()
    asked = screens.consent(context, context.conversation)
    assert "privacy" in [button.verb for row in asked.choices for button in row]
    card = screens.privacy(context, agreed=False)
    assert [button.verb for row in card.choices for button in row] == ["agree", "decline"]


def _version(context: Context, id: ConsentId = ConsentId.STATISTICS) -> str:
    return consent.recorded(id, True, consent.asked(id, context.desk), context).version


def test_given_another_wording_language_or_partner_then_it_is_another_version_and_the_same_text_is_the_same():
    first = _context(partners=("Lighthouse",))
    assert _version(first) == _version(_context(partners=("Lighthouse",)))
    assert _version(first) != _version(_context("ru", partners=("Lighthouse",)))
    share = ConsentId.SHARE
    assert _version(first, share) != _version(_context(partners=("Somebody Else",)), share)


def test_given_a_catalogue_with_a_changed_sentence_then_its_version_changes_with_it(monkeypatch):
    context = _context()
    before = _version(context)
    text = SHOWN["en"].text
    monkeypatch.setattr(SHOWN["en"], "text", lambda id, count=None: text(id, count).replace("anonymous", "public"))
    assert _version(context) != before
