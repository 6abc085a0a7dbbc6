"""Logs: whatever is said, by whomever, at any level, no word of a person, no token and no address comes out."""

import json
import subprocess
import sys
import textwrap
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs import WITHHELD, shown, trail

ROOT = Path(__file__).parents[2]
CANARY = "Canary-by-the-bridge"
TOKEN = "1000001:AAcanaryToken-0123456789abcdefghijk"


def lines(script: str, level: str = "DEBUG", form: str = "text", parse: Any = None) -> list[Any]:
    """What a process that runs `script` after `setup` leaves on stderr, with nothing on stdout."""
    preamble = f"""
        import asyncio, gc, logging, sys, threading, warnings
        from bot.logs import event, failure, setup, watch
        CANARY, TOKEN = {CANARY!r}, {TOKEN!r}
        setup({level!r}, {form!r})
    """
    source = textwrap.dedent(preamble) + textwrap.dedent(script)
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == ""
    for secret in (CANARY, TOKEN, "canary", "Traceback", str(ROOT)):
        assert secret not in done.stderr
    return [(parse or parsed)(line) for line in done.stderr.splitlines()]


def parsed(line: str) -> dict[str, str]:
    head, _, error = line.partition(' error="')
    pairs = dict(pair.split("=", 1) for pair in head.split(" "))
    return {**pairs, **({"error": error.removesuffix('"')} if error else {})}


def test_an_event_is_one_line_of_counts_and_codes():
    (line,) = lines('event("worker.batch", events=32, seconds=0.25, slow=False, messenger="telegram", left=None)')
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "event": "worker.batch",
        "events": "32",
        "seconds": "0.25",
        "slow": "false",
        "messenger": "telegram",
        "left": "none",
    }


def test_the_same_as_json_for_programs_with_the_same_withheld():
    (line,) = lines('event("worker.batch", events=32, said=CANARY)', form="json", parse=json.loads)
    assert line.pop("at").endswith("Z")
    assert line == {"level": "info", "event": "worker.batch", "events": "32", "said": WITHHELD}


def test_given_the_journal_then_each_line_bears_its_level():
    script = """
        import os
        os.environ["JOURNAL_STREAM"] = f"{os.fstat(2).st_dev}:{os.fstat(2).st_ino}"
        setup("INFO")
        event("one")
        event("two", level=logging.WARNING)
    """
    assert [line.partition("at=")[0] for line in lines(script, parse=str)] == ["<6>", "<4>"]


def test_given_words_in_a_field_or_a_name_then_they_are_withheld():
    (line,) = lines('event(CANARY, a=CANARY, b=TOKEN, c="telegram:77", d=[CANARY], e={CANARY: 1}, f=CANARY.encode())')
    assert {value for key, value in line.items() if key not in ("at", "level")} == {WITHHELD}


def test_events_below_the_level_are_not_written():
    assert [line["event"] for line in lines('event("quiet")\nevent("loud", level=logging.WARNING)', "WARNING")] == [
        "loud"
    ]


def test_what_libraries_say_is_only_where_they_said_it():
    said = lines(
        """
        names = ("httpx", "httpcore.http11", "telegram.Bot", "telegram.ext.Updater", "aiohttp.access", "aiohttp.server",
                 "asyncio", "sqlalchemy.engine.Engine", "aiosqlite", "alembic", "", "any.other")
        for name in names:
            logger = logging.getLogger(name)
            logger.setLevel(logging.DEBUG)
            for level in (logging.DEBUG, logging.INFO):
                logger.log(level, "HTTP Request: %s", f"https://api.telegram.org/bot{TOKEN}/getMe {CANARY}")
            for level in (logging.WARNING, logging.ERROR, logging.CRITICAL):
                logger.log(level, f"{CANARY} {TOKEN}")
                logger.log(level, "%s %s", CANARY, TOKEN)
        """
    )
    assert len(said) == 12 * 3 * 2
    assert {line["event"] for line in said} == {"library"}
    assert {line["level"] for line in said} == {"warning", "error", "critical"}


def test_given_libraries_that_brought_their_own_handlers_then_these_are_silent_too():
    said = lines(
        """
        for name in ("httpx", "telegram"):
            logger = logging.getLogger(name)
            logger.addHandler(logging.StreamHandler(sys.stdout))
            logger.propagate = False
            logger.setLevel(logging.DEBUG)
        setup("DEBUG")
        logging.getLogger("httpx").info(TOKEN)
        logging.getLogger("telegram").warning(CANARY)
        """
    )
    assert [line["logger"] for line in said] == ["telegram"]


def test_the_real_libraries_stay_silent_about_their_requests():
    script = """
        import aiohttp, httpx
        from aiohttp import web
        from telegram import Bot
        from telegram.request import HTTPXRequest

        async def answer(request):
            await request.read()
            if request.path.endswith("sendMessage"):
                raise ValueError(CANARY)
            user = {"id": 1, "is_bot": True, "first_name": CANARY, "username": "x_bot"}
            return web.json_response({"ok": True, "result": user})

        async def main():
            watch(asyncio.get_running_loop())
            app = web.Application()
            app.router.add_route("*", "/{tail:.*}", answer)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            port = runner.addresses[0][1]
            request = HTTPXRequest(httpx_kwargs={"trust_env": False})
            bot = Bot(TOKEN, base_url=f"http://127.0.0.1:{port}/bot", request=request)
            async with bot:
                try:
                    await bot.send_message(1, CANARY)
                except Exception as error:
                    failure("courier.failed", error)
            await runner.cleanup()

        for name in ("httpx", "httpcore", "telegram", "aiohttp.access", "asyncio"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        asyncio.run(main(), debug=True)
    """
    said = lines(script)
    assert {"library", "courier.failed"} == {line["event"] for line in said}
    assert any(line.get("error", "").startswith("ValueError@") for line in said)


def test_an_exception_is_its_types_and_places():
    (line,) = lines(
        """
        def inner():
            raise KeyError(CANARY)
        try:
            try:
                inner()
            except KeyError as error:
                raise RuntimeError(TOKEN) from error
        except RuntimeError as error:
            error.add_note(CANARY)
            failure("worker.failed", error, batch=3)
        """
    )
    assert line["batch"] == "3"
    assert [part.split("@")[0] for part in line["error"].split(" < ")] == ["RuntimeError", "KeyError"]


@pytest.mark.parametrize(
    ("script", "event"),
    [
        ("raise ValueError(CANARY)", "process.uncaught"),
        ("raise KeyboardInterrupt(CANARY)", "process.interrupted"),
        ("t = threading.Thread(target=lambda: int(CANARY)); t.start(); t.join()", "thread.uncaught"),
        ("warnings.warn(CANARY + TOKEN)", "process.warning"),
        ("class Bad:\n    def __del__(self): raise ValueError(CANARY)\nBad()", "process.unraisable"),
        ("logging.getLogger('x').exception(CANARY, exc_info=ValueError(CANARY))", "library"),
        (
            """
async def fail(): raise ValueError(CANARY)
async def main():
    watch(asyncio.get_running_loop())
    task = asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    gc.collect()
asyncio.run(main())""",
            "loop.uncaught",
        ),
    ],
)
def test_given_an_exception_that_nobody_caught_then_it_leaves_its_type_and_no_word(script: str, event: str):
    (line,) = lines(script)
    assert line["event"] == event
    assert event == "process.interrupted" or line["error"].startswith(("ValueError@", "UserWarning@"))


def test_given_a_record_that_can_not_be_written_then_its_arguments_are_not_printed():
    said = lines(
        """
        logging.getLogger("x").warning("%d %d", CANARY)
        logging.getLogger("panah").warning(CANARY)
        logging.getLogger("panah").warning("x", extra={"fields": 5})
        class Broken:
            name, levelno, levelname, created, pathname = "x", 30, TOKEN, CANARY, CANARY
        logging.getLogger().handlers[0].handle(logging.makeLogRecord({"name": "x", "levelno": 30, "created": CANARY}))
        """
    )
    assert {line["event"] for line in said} == {"library"}
    assert len(said) == 3


class Kind(StrEnum):
    PHOTO = "photo"
    ODD = "Odd Words"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (7, "7"),
        (True, "true"),
        (1 / 3, "0.333333"),
        (None, "none"),
        ("edit:gone", "edit:gone"),
        ("p1", "p1"),
        (Kind.PHOTO, "photo"),
        (Kind.ODD, WITHHELD),
        ("telegram:77", WITHHELD),
        ("telegram:-100123", WITHHELD),
        ("signal:0c2f8a4e-aaaa-bbbb-cccc-0123456789ab", WITHHELD),
        ("12345:abcdefghij_klmnop", WITHHELD),
        ("10.1.2.3", WITHHELD),
        ("127.0.0.1:8443", WITHHELD),
        ("998901234567", WITHHELD),
        ("998-90-123-45-67", WITHHELD),
        ("two words", WITHHELD),
        ("with\nnewline", WITHHELD),
        ("x\n", WITHHELD),
        ("a" * 41, WITHHELD),
        ("", WITHHELD),
        ("имя", WITHHELD),
        (b"x", WITHHELD),
        (["x"], WITHHELD),
    ],
)
def test_a_field_is_shown_only_when_it_is_a_count_or_a_short_code(value: object, line: str):
    assert shown(value) == line


@given(st.text() | st.binary() | st.lists(st.text()))
def test_whatever_is_put_into_a_field_it_stays_one_word(value: object):
    assert len(shown(value).split()) == 1
    assert json.dumps(shown(value)).isascii()


def test_the_trail_goes_through_groups_and_ends():
    loop = ValueError(CANARY)
    loop.__cause__ = loop
    assert trail(ExceptionGroup(CANARY, [KeyError(CANARY)])) == "ExceptionGroup@nowhere < KeyError@nowhere"
    assert trail(loop).count("ValueError") == 4
