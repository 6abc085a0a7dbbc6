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


Cells = dict[str, int]


class Table(Value, frozen=True):
    """Cells with rounded numbers; `rest` names the cells that stand together in one (`handlers.release`)."""

    by: str
    cells: Cells
    rest: tuple[str, ...] = ()


class Release(Value, frozen=True):
    """All that is said of a quarter ("2026Q2") to the same readers."""

    quarter: str
    rules: int
    total: int
    tables: tuple[Table, ...]


class Figures(Value, frozen=True):
    """What is said of a quarter to everybody, and to partners under agreement; made of the same reports at once."""

    public: Release
    partners: Release

    @property
    def quarter(self) -> str:
        return self.public.quarter
