"""The shell: all input and output of Panah. The map is `app`, which alone knows how the parts hang together.

    events        `worker` carries them through the core; `budgets` say who goes first
    messages      `courier` at the `pace` that is allowed, `delivery` of each kind; by a `messenger`: `telegram`
    errands       `errands`: files both ways (`copies`, `cleaning`), `pictures` (a `sketch`, and `drawing` in a process
                  `apart`), a partner's file (`bundles`, `uwazi`, `partners`)
    words         `render`, `i18n`, `markup`, `pages`, `labels`, `quote`; `languages`, `wordlists`, `catalogues`
    time, place   `clock`, `zones`, `places`
    by itself     `janitor`; for whoever keeps the server `monitor`, `metrics`, `pulse`, `notify`, `logs`, `console`
    commands      `cli`; the work behind them: `founding`, `checking`, `backups`, `publishing`, `purging`, `recovering`,
                  `rotating`, `panic`, `sheets`, and the database from beside a bot (`opening`)
    the operator  `settings` (`setting_kinds`), the `program` in force
    rehearsal     `sandbox`, a local Bot API server; `demo` and its `story`

What may enter: anything from `storage` and `handlers`. `telegram` is imported in `bot/telegram/` alone.
What never does: a rule of a conversation (that is `handlers`), SQL (that is `storage`), a sentence (that is `locales`).
"""
