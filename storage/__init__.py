"""The memory: the only room that knows SQL, keys and sealed files. The door is `database`.

    a batch       `transaction`: the world as it was read (`view`), what follows (`consequences`), what is written
                  (`ledger`); what the program knows (`house`), open cases (`shelf`); `console` without an event
    in and out    `inbox`, `chats`; `outbox`, `leasing`, `dispatch`, and who of several processes sends (`sender`)
    cases         `cases`, `finding`, `reading`, `bans`; whose key opens what: `grants`, `pool`, `rekeying`, `sessions`
    the team      `members`; its group, and the export that waits (`single`)
    advisories    `advisories`, their `wording` and `readers`, their steps (`broadcast`), their copies (`recall`)
    figures       `figures`, and what was published (`releases`)
    sealing       `vault`, `keyring`; `box`, `pairs`, and `framing`, `padding`, `records`, `scribe` for what is sealed;
                  `volatile` and `fleeting` for what must not outlast the process; `hygiene`, `errors`
    people's keys `passphrase`, `codes`, the `recovery` key, files for others (`age`)
    files         `blobs`, what still refers to them (`references`), files that are whole or absent (`durable`)
    the past      `audit`, its table (`chain`), the head that was sent last (`witness`)
    forgetting    `retention`, the end of a month (`renewal`), all keys at once (`panic`)
    standing again `archive`, `snapshot`, `backup`, `restore`; `wayback` from an upgrade; how it is (`vitals`)
    the database  `tables`, `migrations` and `migrate`, `engine`, `onehop`, `upsert`, row ids (`serial`)

What may enter: values of `handlers.model`, to be stored and read back.
What never does: a decision about a conversation, a messenger, the network, plain text at rest.
"""
