"""The core: every rule of every conversation, as pure functions.

The way in is `decide(event, context) -> Outcome` in `decision`, through the one table in `routes`. Before it, `wanted`
says what must be at hand (`wants`). The rooms: `reporter`, `desk` (responders) and `office` (admins); they never see
each other. Below them:

    cases     who may do what (`permissions`), how long one may wait (`waits`) and a closed one is kept (`keeping`),
              in whose hands it is (`custody`), how urgent it is (`triage`), the code that leads back to it (`codes`)
    people    whom a call reaches (`duty`), what follows when a member is away (`standing`) and what can be done about
              one (`measures`), what two admins agree on (`approved`), whom an advisory concerns (`scopes`), what a
              reporter agreed to (`consent`)
    words     how things are said (`speech`) and cases look (`cards`), the team's group (`board`), commands (`menus`),
              the form (`forms`) and what is typed into it (`typed`, `caution`, `wall`), safety advice (`guidance`)
    records   what is audited (`deeds`), what is counted (`figures`), shown of it (`charts`) and published (`release`)
    time      times that rules hang on (`clocks`)

`model` is the vocabulary, `program` the form and its rules as data, read from `data/` by the shell.

What may enter: frozen values. What never does: input, output, a clock, randomness, a messenger, a database.
"""

from handlers.decision import decide, wanted

__all__ = ["decide", "wanted"]
