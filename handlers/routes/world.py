"""What time and the world send back, whoever it is for."""

from handlers import waits, wants
from handlers.desk import endings, exports, group, second, watch
from handlers.model import InGroup, Moved, Timer, Undelivered
from handlers.office import broadcast
from handlers.permissions import Action
from handlers.routes.route import ANY, Route

ROUTES: tuple[Route, ...] = (
    Route(Timer, broadcast.TIMER, broadcast.due, Action.CONVERSE, wants=wants.advisory_due),
    Route(Timer, waits.TIMER, watch.due, Action.CONVERSE, wants=wants.case(wants.of_wait, team=True)),
    Route(Undelivered, ANY, group.undelivered, Action.CONVERSE, wants=wants.case(wants.about)),
    Route(InGroup, "anonymous", group.anonymous, Action.CONVERSE, wants=wants.team),
    Route(Moved, ANY, group.moved, Action.CONVERSE, wants=wants.queue),
    Route(Timer, second.TIMER, second.over, Action.CONVERSE, wants=exports.waiting),
    Route(Timer, endings.TIMER, endings.due, Action.CONVERSE, wants=wants.case(wants.of_wait, team=True)),
)
