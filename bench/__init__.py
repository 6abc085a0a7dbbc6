"""The bench: one report form on Panah and on a plain bot, in one run, and the ratio between them.

    python -m bench        (make bench)

What lives here: `form`, the one form that both bots ask; `plain_bot`, the form as python-telegram-bot's own examples
would write it, with `ConversationHandler` and `PicklePersistence`; `subjects`, the two bots as processes; `reporters`,
the people who fill the form in; `measure`, one round with one bot; `table`, what is printed.

The Bot API server and the reporters live together in the process that measures, the same for both bots; each bot has
a process of its own. Panah is what `panah run` runs: sealed, in order, SQLite with full synchronisation. Absolute
figures are those of the machine; the ratio is what is judged.

What never enters: a short cut that only the bench knows. Panah is held back only by its settings of sends a second,
which are raised, because the server here sets no limit.
"""
