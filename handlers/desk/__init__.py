"""The desk: what responders do, from joining to closing a case.

What lives here: joining and unlocking (`people`), a new passphrase (`renewal`), the queue and claims (`queue`), reading
a case (`reading`), talking to its reporter (`talk`, `drafts`, `ready`), what to ask them (`checklist`), what stands of
it in a chat (`traces`), cases that wait too long (`watch`), one's own hours (`roster`).

What may enter: the cards, clocks, waits and permissions of the core. What never does: the rooms of reporters and of the
office; a reporter's words in anything but the claimant's own chat.
"""
