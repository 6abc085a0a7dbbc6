"""The desk: what responders do, from joining to closing a case.

What lives here: where everything begins (`home`), joining (`joining`), unlocking and a new passphrase (`unlocking`,
`renewal`), one's own languages and hours (`languages`, `roster`); the queue (`queue`, `filters`); claiming, releasing
and handing over (`claims`), who may know (`secrecy`), urgency (`levels`), two that belong together (`pairs`) or are one
(`merging`); reading a case (`reading`, `originals`, `timeline`, `traces`), talking to its reporter (`talk`, `drafts`,
`ready`, `bans`), what to ask them (`checklist`), what a partner gets of one (`sharing`, `countersign`, `bundles`) or of
several (`exports`, `second`, `orders`, `exported`, `tabled`), cases that wait too long (`watch`) or are closed
(`endings`), what colleagues ask of each other (`requests`), the team's group (`group`), and what no step asked for
(`unasked`).

What may enter: the cards, clocks, waits and permissions of the core. What never does: the rooms of reporters and of the
office; a reporter's words in anything but the private chats of those who may read the case.
"""
