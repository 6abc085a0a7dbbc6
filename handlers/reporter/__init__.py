"""The reporter's room: from /start to erasing everything.

What lives here: languages and consent (`start`, `consents`), the form, its review and sending (`form`, `words`,
`place`, `files`, `exclusion`, `send`), later messages (`follow`), the choice among several reports (`mine`), the way
back by code (`back`) and after a message that failed (`missed`), check-ins (`checkin`; by the clock `moment`, `dial`),
the chat itself (`chat`), advisories (`subscribe`), deleting (`erase`), what nobody asked for (`unasked`); what each
screen looks like is in `screens`.

What may enter: forms, triage and guidance of the core. What never does: the team's rooms, and any question about who
somebody is.
"""
