"""Another operator's program, with a category of their own in seven languages, from the first press to the advice."""

from bot.languages import LANGUAGES
from tests.foreign import TEXTS, foreign_program
from tests.stories.rehearsal import BOT, rehearsal

STEPS = ("not_now", "arson", "car", "week", "UZ")


async def test_given_a_foreign_program_when_people_report_in_seven_languages_then_each_reads_its_texts(tmp_path):
    async with rehearsal(tmp_path, program=foreign_program(tmp_path / "program")) as play:
        await play.enrol(play.phone("Amina"), play.secret)
        for language in (each.code for each in LANGUAGES):
            phone = play.phone(f"Somebody {language}")
            await phone.start(BOT)
            await play.quiet()
            for verb, arg in (("lang", language), ("agree", ""), *(("a", step) for step in STEPS)):
                await play.press(phone, verb, arg)
            await play.press(phone, "done")
            await play.press(phone, "a", "DE")
            await play.say(phone, "words")
            await play.press(phone, "done")
            await play.press(phone, "send")
            said = "\n".join(message.text for message in phone.chat(BOT))
            advice = TEXTS["guidance.arson"][language].removeprefix("<b>").removesuffix("</b>")
            assert advice in said and TEXTS["guidance.arson.out"][language] in said
            assert language == "en" or "arson" not in said.lower()
