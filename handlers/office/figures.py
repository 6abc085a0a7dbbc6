"""`/stats`: the figures as a picture, with the same in words below it. Internal: small numbers can be people.

An admin's figures leave out the open and closed cases of which they may not know; and of those that are gone all that
were hidden from anybody, for nothing tells any more from whom: a number that grows by one would say that there was one.
"""

from msgspec.structs import replace

from handlers import charts, figures
from handlers.charts import BY, PERIODS
from handlers.model import (
    Button,
    Chart,
    Choice,
    Command,
    Context,
    Conversation,
    Counted,
    Delete,
    Event,
    Message,
    MessageRef,
    Outcome,
    Picture,
    Wanted,
)
from handlers.permissions import may_know
from handlers.speech import Rows, grid, say, with_effects

FIRST = ("category", "year")
"""What is shown when nothing was chosen."""


def wanted(event: Event, conversation: Conversation) -> Wanted:
    """Everything that is counted, and the team: who may know of a case hangs on it."""
    return Wanted(figures=True, team=True)


def show(event: Command | Choice, context: Context) -> Outcome:
    """The chart that was chosen, in place of the one that was pressed."""
    by, period = _chosen(event)
    chart = charts.chart(_counted(context), by, period, context.now)
    old = event.message if isinstance(event, Choice) and event.arg else MessageRef("")
    return _drawn(context, chart, _ways(by, period), old)


def _chosen(event: Command | Choice) -> tuple[str, str]:
    by, _, period = event.arg.partition(".") if isinstance(event, Choice) else ("", "", "")
    return (by, period) if by in BY and period in PERIODS else FIRST


def _counted(context: Context) -> list[Counted]:
    known = (case for case in context.everything if may_know(context.me, case, context.team))
    return [*(figures.counted(case, context.now) for case in known if figures.counts(case)), *_kept(context)]


def _kept(context: Context) -> list[Counted]:
    return [row for row in context.kept if not row.hidden]


def _drawn(context: Context, chart: Chart, ways: Rows, old: MessageRef) -> Outcome:
    """Where nothing is, words say so better than a picture."""
    words = replace(charts.words(chart), choices=ways, protect=True)
    if chart.total:
        return Outcome(context.conversation, (Picture(context.person.address, chart, words, old),))
    gone = (Delete(context.person.address, (old,)),) if old else ()
    return with_effects(say(context, words), *gone)


def _ways(by: str, period: str) -> Rows:
    """Every other chart, then every period; what is shown has a mark."""
    kinds = tuple(_button(Message(f"figures.by.{each}"), each, period, each == by) for each in BY)
    periods = tuple(_button(Message(f"figures.period.{each}"), by, each, each == period) for each in PERIODS)
    return (*grid(kinds, 2), *grid(periods, 2))


def _button(label: Message, by: str, period: str, chosen: bool) -> Button:
    return Button(Message("option.marked", {"option": label}) if chosen else label, "stats", f"{by}.{period}")
