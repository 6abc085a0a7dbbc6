"""One table shows every conversation: which event, at which step, needs which permission, and who answers.

The first route that fits wins. A route fits when its event (and its name: a command, a verb, a timer) and its step are
those at hand and the person's role may try its action at this door: what somebody may not try does not exist for them.
docs/architecture.md is drawn from this table.

What a row is stands in `route`; the rows stand with those whom they are for: `members` (of the team, whatever they do),
`desk`, `office`, `reporter`, and `world` (what comes back by itself).
"""

from handlers.desk import unasked
from handlers.model import Choice
from handlers.permissions import Action
from handlers.reporter import start
from handlers.routes import desk, members, office, reporter, world
from handlers.routes.route import ANY, Route

__all__ = ["ANY", "ROUTES", "STALE", "WRITING_AT_THE_DESK", "Route"]

WRITING_AT_THE_DESK = desk.WRITING | office.WRITING
"""Steps at which a member's next words mean something."""

ROUTES: tuple[Route, ...] = (
    *members.FIRST,
    *desk.ROUTES,
    *office.ROUTES,
    *members.OTHERWISE,
    *reporter.ROUTES,
    *members.STRANGERS,
    *world.ROUTES,
)
"""Rows of one event and name are tried in this order."""

STALE = (
    Route(Choice, ANY, unasked.stale, Action.BELONG),
    Route(Choice, ANY, start.again, Action.REPORT),
)
"""For a press on a screen that is out of date."""
