"""The gallery takes every picture of a language, and says when something does not fit."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.gallery import take, write_index
from tests.browser.screens import SHOTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_given_one_language_when_the_gallery_is_made_then_every_screen_has_its_picture(
    playwright_api: Any, tmp_path: Path
) -> None:
    taken = await take(["kk"], tmp_path)
    write_index(taken, tmp_path)
    names = [shot.name for shot in SHOTS if shot.name]
    assert [picture.path.stem.partition("-")[2] for picture in taken["kk"]] == names
    assert all(picture.path.read_bytes().startswith(b"\x89PNG") for picture in taken["kk"])
    assert (tmp_path / "index.html").read_text().count("<img") == len(names)
