"""The core: every rule of every conversation, as pure functions.

The way in is `decide(event, context) -> Outcome` in `decision`, through the one table in `routes`. Before it, `wanted`
says what must be at hand. The rooms: `reporter`, `desk` (responders) and `office` (admins); they never see each other.
Below them: `approved` (what two admins agree on), `scopes` (whom an advisory concerns), `standing` (what follows
when a member is away), `duty` (whom a call reaches), `board` (what the team's group shows), `waits` (how long a case
may wait), `keeping` (how long a closed one is kept), `custody` (in whose hands it is), `deeds` (what is audited),
`cards` and `speech` (how things are said), `forms`, `triage`, `guidance`, `clocks`, `wall` (times of day),
`permissions`, `codes`; `model` is the vocabulary, `program` the form and its rules as data, read from `data/` by the
shell.

What may enter: frozen values. What never does: input, output, a clock, randomness, a messenger, a database.
"""

from handlers.decision import decide, wanted

__all__ = ["decide", "wanted"]
