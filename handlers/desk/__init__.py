"""The desk: what responders do, from joining to closing a case.

What lives here: where everything begins (`home`), joining and unlocking (`people`), a new passphrase (`renewal`), the
queue (`queue`, `filters`, `languages`); claiming, releasing and handing over (`claims`), who may know (`secrecy`),
urgency (`levels`), two that belong together (`pairs`) or are one (`merging`); reading a case (`reading`, `originals`,
`timeline`, `traces`), talking to its reporter (`talk`, `drafts`, `ready`, `bans`), what to ask them (`checklist`),
cases that wait too long (`watch`), what colleagues ask of each other (`requests`), one's own hours (`roster`), the
team's group (`group`).

What may enter: the cards, clocks, waits and permissions of the core. What never does: the rooms of reporters and of the
office; a reporter's words in anything but the private chats of those who may read the case.
"""
