"""How a bot hears: its updates, and the presses that it answers."""

from collections.abc import Awaitable
from typing import Any

from bot.sandbox import limits
from bot.sandbox.changes import Change
from bot.sandbox.methods.table import Call, method
from bot.sandbox.parameters import Parameter, array, boolean, integer, text
from bot.sandbox.refusals import bad_request, conflict
from bot.sandbox.spans import utf16_length

ALLOWED = Parameter("allowed_updates", array)


def allow(call: Call) -> None:
    """Remember which kinds of updates the bot wants; an empty list means the usual ones."""
    wanted = call.get("allowed_updates")
    if wanted is not None:
        if not all(isinstance(kind, str) for kind in wanted):
            raise bad_request("can't parse allowed updates JSON object")
        call.bot.updates.allowed = frozenset(wanted) or None


@method(
    "getUpdates",
    Parameter("offset", integer),
    Parameter("limit", integer),
    Parameter("timeout", integer),
    ALLOWED,
)
def get_updates(call: Call) -> Awaitable[list[dict[str, Any]]]:
    """Updates from `offset` on; waits up to `timeout` seconds for one."""
    if call.bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    allow(call)
    return _get_updates(call)


async def _get_updates(call: Call) -> list[dict[str, Any]]:
    limit = min(max(call.get("limit", limits.UPDATES_AT_ONCE), 1), limits.UPDATES_AT_ONCE)
    timeout = min(max(call.get("timeout", 0), 0), limits.LONG_POLL_SECONDS)
    updates = await call.bot.updates.get(call.get("offset", 0), limit, timeout)
    return call.world.mischief.disturbed(call.bot.id, [update.to_api() for update in updates])


@method(
    "answerCallbackQuery",
    Parameter("callback_query_id", text, "query is too old and response timeout expired or query ID is invalid"),
    Parameter("text", text),
    Parameter("show_alert", boolean),
    Parameter("url", text),
    Parameter("cache_time", integer),
)
def answer_callback_query(call: Call) -> bool:
    """End the waiting sign on a pressed button. A press can be answered once, within its time."""
    query = call.bot.callbacks.get(call.get("callback_query_id"))
    now = call.world.now()
    if query is None or query.answered_after is not None or now - query.pressed_at > limits.CALLBACK_WAITS_SECONDS:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    query.answer = call.get("text", "")
    if utf16_length(query.answer) > limits.CALLBACK_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    query.alert = call.get("show_alert", False)
    query.answered_after = now - query.pressed_at
    call.world.record.answered(query.answered_after)
    call.world.changes.publish(Change(query.chat, "callback_answer", note=query.answer))
    return True
