"""What is counted of a report (`handlers.figures`), and how it is shown (`handlers.charts`)."""

from handlers.model.cases import Level
from handlers.model.ids import Value
from handlers.model.words import Message

NO_ORIGIN, SEVERAL_ORIGINS = "unknown", "several"


class Counted(Value, frozen=True):
    """What one report adds to the figures.

    `month`: in which it came ("2026-11", UTC). `in_time`: whether its first answer came in time; None while it waits or
    when none was wanted. `consented`: its writer agrees to be counted in what is published. `outcome`: how it ended.
    `hidden`: its writer kept it from some of the team; nobody can tell any more from whom.
    """

    month: str
    category: str
    origins: tuple[str, ...]
    host_group: str
    level: Level
    in_time: bool | None
    closed: bool
    consented: bool
    outcome: str = ""
    hidden: bool = False

    @property
    def origin(self) -> str:
        """One word for the state behind it, so that every report stands in one cell: several states are a cell."""
        return self.origins[0] if len(self.origins) == 1 else SEVERAL_ORIGINS if self.origins else NO_ORIGIN


class Bar(Value, frozen=True):
    """How many there are `of` something, and how that reads."""

    of: str
    label: Message
    value: int


class Chart(Value, frozen=True):
    """Reports of some `months`, counted `by` something (`handlers.charts.BY`)."""

    by: str
    months: str
    bars: tuple[Bar, ...]
    total: int
