"""The shell: all input and output of Panah.

What lives here: the command line, the settings, the worker that carries events through the core, the courier that
carries messages out, one adapter for each messenger, and a local Bot API server to rehearse against.

What may enter: anything from `storage` and `handlers`. `telegram` is imported in `bot/telegram/` alone.
What never does: a rule of a conversation (that is `handlers`), SQL (that is `storage`), a sentence (that is `locales`).
"""
