"""Telegram: the one room that imports `telegram`, in `adapter` and `transport`.

`adapter` is one bot, as a `Messenger`. What it says: `calls` (limits, parameters, refusals) and `menus`, carried by
`transport` in `bodies`; `answers` is what we read of what comes back, `disk` the files of a server of one's own. What
it hears: `updates` (their `shapes`) and `groups`, taken in by `intake` from polls or from the `webhook`.
"""

from bot.telegram.adapter import Account, Telegram

__all__ = ["Account", "Telegram"]
