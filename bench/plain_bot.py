"""The same form as an ordinary bot: python-telegram-bot's `Application`, `ConversationHandler` and `PicklePersistence`.

    python -m bench.plain_bot TOKEN API FILE

Written the way the library's documentation shows it: its default transport, one update after the other, as
`ConversationHandler` demands, presses answered and edited in place, the finished report kept in `bot_data`.
"""

# mypy: ignore-errors
# The library's types allow for updates that these filters never let in; its own examples don't ask either.

import secrets
import sys
from typing import Any

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity, Update
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

from bench import form

LANGUAGE, CONSENT, CHOICE, COUNTRIES, WORDS, REVIEW = range(6)

Context = ContextTypes.DEFAULT_TYPE
Shown = dict[str, Any]


def shown(screen: form.Screen) -> Shown:
    """A screen as arguments for sending and editing, built once."""
    rows = [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in screen.rows]
    entities = [MessageEntity(style.kind, style.offset, style.length) for style in screen.styles]
    return {"text": screen.text, "entities": entities, "reply_markup": InlineKeyboardMarkup(rows) if rows else None}


ASK_LANGUAGE = shown(form.language())
ASK_CONSENT = shown(form.consent())
QUESTIONS = {question: shown(screen) for question, screen in form.questions().items()}
CHOSEN = shown(form.chosen())
KEPT = shown(form.kept())
ASK_REVIEW = shown(form.review())
THANKS, *ADVICE, CODE = map(shown, form.sent())
LABELS = form.labels()
STATES = {"origin": COUNTRIES, "words": WORDS}
"""The state of each question; all others are a single choice."""
ORDER = list(QUESTIONS)


async def start(update: Update, context: Context) -> int:
    await update.message.reply_text(**ASK_LANGUAGE)
    return LANGUAGE


async def language(update: Update, context: Context) -> int:
    query = update.callback_query
    await query.answer()
    context.user_data["language"] = query.data.split(":")[1]
    await query.edit_message_text(**ASK_CONSENT)
    return CONSENT


async def agree(update: Update, context: Context) -> int:
    query = update.callback_query
    await query.answer()
    context.user_data["answers"] = {}
    context.user_data["words"] = []
    return await ask(update, context, ORDER[0])


async def ask(update: Update, context: Context, question: str) -> int:
    """Show a question in place of the one before."""
    context.user_data["question"] = question
    await update.callback_query.edit_message_text(**QUESTIONS[question])
    return STATES.get(question, CHOICE)


async def choose(update: Update, context: Context) -> int:
    query = update.callback_query
    await query.answer()
    question = context.user_data["question"]
    context.user_data["answers"][question] = [query.data.split(":")[1]]
    return await ask(update, context, ORDER[ORDER.index(question) + 1])


async def toggle(update: Update, context: Context) -> int:
    query = update.callback_query
    await query.answer()
    country = query.data.split(":")[1]
    countries = context.user_data["answers"].setdefault("origin", [])
    countries.remove(country) if country in countries else countries.append(country)
    await query.edit_message_text(**(CHOSEN if countries else QUESTIONS["origin"]))
    return COUNTRIES


async def enough(update: Update, context: Context) -> int:
    await update.callback_query.answer()
    return await ask(update, context, "host")


async def words(update: Update, context: Context) -> int:
    context.user_data["words"].append(update.message.text)
    await update.message.reply_text(**KEPT)
    return WORDS


async def review(update: Update, context: Context) -> int:
    query = update.callback_query
    await query.answer()
    given = context.user_data
    lines = [f"{LABELS[question]}: {', '.join(values)}" for question, values in given["answers"].items()]
    text = "\n".join((*lines, *given["words"], ASK_REVIEW["text"]))
    await query.edit_message_text(text, reply_markup=ASK_REVIEW["reply_markup"])
    return REVIEW


async def send(update: Update, context: Context) -> int:
    query = update.callback_query
    await query.answer()
    report = {"user": query.from_user.id, "code": secrets.token_hex(8), **context.user_data}
    context.bot_data.setdefault("reports", []).append(report)
    context.user_data.clear()
    await query.edit_message_text(**THANKS)
    for screen in (*ADVICE, CODE):
        await query.message.reply_text(**screen)
    return ConversationHandler.END


async def cancel(update: Update, context: Context) -> int:
    context.user_data.clear()
    await update.message.reply_text("Cancelled.")
    return ConversationHandler.END


def conversation() -> ConversationHandler:
    return ConversationHandler(
        entry_points=[CommandHandler("start", start)],
        states={
            LANGUAGE: [CallbackQueryHandler(language, "^lang:")],
            CONSENT: [CallbackQueryHandler(agree, "^agree:")],
            CHOICE: [CallbackQueryHandler(choose, "^a:")],
            COUNTRIES: [CallbackQueryHandler(toggle, "^a:"), CallbackQueryHandler(enough, "^done:")],
            WORDS: [
                MessageHandler(filters.TEXT & ~filters.COMMAND, words),
                CallbackQueryHandler(review, "^done:"),
            ],
            REVIEW: [CallbackQueryHandler(send, "^send:")],
        },
        fallbacks=[CommandHandler("cancel", cancel)],
        name="report",
        persistent=True,
    )


def main(token: str, api: str, file: str) -> None:
    builder = Application.builder().token(token).base_url(f"{api}/bot").base_file_url(f"{api}/file/bot")
    application = builder.persistence(PicklePersistence(filepath=file)).build()
    application.add_handler(conversation())
    application.run_polling(allowed_updates=[Update.MESSAGE, Update.CALLBACK_QUERY])


if __name__ == "__main__":
    main(*sys.argv[1:])
