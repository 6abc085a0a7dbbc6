"""Draws `handlers.routes.ROUTES` into docs/architecture.md, so that picture and code cannot part.

    python -m docs.draw_routes

Run it at the top of the repository after a change of the routes or the permissions; a test fails until it was run.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from handlers.model import Role
from handlers.permissions import GRANTS, Action
from handlers.routes import ANY, ROUTES, STALE, Route

PAGE = Path(__file__).with_name("architecture.md")
BEGIN, END = "<!-- routes: drawn by docs/draw_routes.py -->", "<!-- routes: end -->"
ROLES = (Role.REPORTER, Role.NEWCOMER, Role.SUSPENDED, Role.RESPONDER, Role.ADMIN)
"""In the order in which the picture shows them: whoever comes first stands for those who have the action too."""


def drawn(page: str) -> str:
    """The page with its drawn part made anew. Raises ValueError when it has no place for it."""
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    stale = "A press on a screen that is out of date meets these rows instead:"
    parts = (_picture(), _table(ROUTES), [stale], _table(STALE))
    return "\n".join([before + BEGIN, "", *(line for part in parts for line in (*part, "")), END + after])


def _picture() -> Iterator[str]:
    yield "```mermaid"
    yield "flowchart LR"
    for action in Action:
        yield f"  {_first_role(action)} --> {action}([{action}])"
        yield from (f"  {action} --> {_module(room)}[{room}]" for room in _rooms(action))
    yield "```"


def _first_role(action: Action) -> str:
    holders = [role for role in ROLES if action in GRANTS[role]]
    return "everybody" if len(holders) == len(ROLES) else holders[0].value


def _rooms(action: Action) -> Iterable[str]:
    return dict.fromkeys(_room(route) for route in ROUTES if route.needs is action)


def _room(route: Route) -> str:
    return route.handler.__module__.removeprefix("handlers.")


def _module(room: str) -> str:
    return room.replace(".", "_")


def _table(routes: Iterable[Route]) -> Iterator[str]:
    yield "| event | name | at step | needs | who | answered by |"
    yield "|---|---|---|---|---|---|"
    yield from map(_row, routes)


def _row(route: Route) -> str:
    name = "any" if route.name == ANY else f"`{route.name}`"
    steps = ", ".join(sorted(route.steps)) or "any"
    who = ", ".join(role for role in ROLES if route.needs in GRANTS[role])
    handler = f"`{_room(route)}.{route.handler.__name__}`"
    return f"| {route.event.__name__} | {name} | {steps} | {route.needs} | {who} | {handler} |"


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
