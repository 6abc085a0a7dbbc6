"""The operator's partners: every fault of the file at once, and no value shown."""

from pathlib import Path

import pytest

from bot import partners
from storage.pairs import new_pair
from storage.recovery import recipient_text

CLASSIC = "age1tf5jc4nmatw4eehaaxjam4n8zwf6t3htl6yee5sm24sk2fxaf38save49j"


def _file(folder: Path, text: str) -> Path:
    path = folder / "partners.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _table(id: str, key: str, language: str = "en", name: str = "Some Union") -> str:
    return f'[{id}]\nname = "{name}"\nlanguage = "{language}"\nkey = "{key}"\n'


def test_given_keys_of_both_kinds_then_each_partner_has_four_words_that_name_the_key(tmp_path: Path):
    with new_pair() as pair:
        key = recipient_text(pair.public)
    first, second = partners.read(_file(tmp_path, _table("one", CLASSIC) + _table("two", key, "kk")))
    assert (first.id, first.recipient, second.id, second.language) == ("one", CLASSIC, "two", "kk")
    assert len(first.spoken.split()) == len(second.spoken.split()) == 4
    assert first.spoken != second.spoken


def test_given_several_faults_then_all_are_named_by_the_partner_s_number_and_no_value(tmp_path: Path):
    text = _table("CANARY", CLASSIC[:-1] + "q", "xx") + '[two]\nname = "CANARY"\n' + _table("three", CLASSIC, name="")
    with pytest.raises(ValueError, match=r"partner 1 .*partner 1 .*partner 1 .*partner 2 .*partner 3 ") as caught:
        partners.read(_file(tmp_path, text))
    assert "CANARY" not in str(caught.value) and CLASSIC[:20] not in str(caught.value)


@pytest.mark.parametrize("text", ["[one", "one = 1", "[one]\nname = 1\nlanguage = 2\nkey = 3"])
def test_given_what_is_no_such_list_then_it_is_refused(tmp_path: Path, text: str):
    with pytest.raises(ValueError):
        partners.read(_file(tmp_path, text))


def test_given_no_file_then_it_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="can be read"):
        partners.read(tmp_path / "missing.toml")
