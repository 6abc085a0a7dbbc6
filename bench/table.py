"""What the bench prints: medians over the rounds, their spread, and the ratio of the medians."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from bench.measure import Round

HEAD = (
    "",
    "reports/s",
    "min-max",
    "updates/s",
    "min-max",
    "CPU ms/report",
    "p50 ms",
    "p99 ms",
    "bot CPU",
    "driver CPU",
)


def ratio(ours: Sequence[Round], theirs: Sequence[Round]) -> float:
    """Reports a second of ours to theirs, medians of the rounds."""
    return median(each.reports for each in ours) / median(each.reports for each in theirs)


def table(rounds: dict[str, list[Round]]) -> str:
    """A line for each bot, columns aligned."""
    lines = [HEAD, *(_line(name, taken) for name, taken in rounds.items())]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_aligned(line, widths) for line in lines)


def _line(name: str, rounds: list[Round]) -> tuple[str, ...]:
    return (
        name,
        *_spread(each.reports for each in rounds),
        *_spread(each.updates for each in rounds),
        _middle(rounds, lambda each: each.cpu_per_report * 1000),
        _middle(rounds, lambda each: each.p50 * 1000),
        _middle(rounds, lambda each: each.p99 * 1000),
        _middle(rounds, lambda each: each.share * 100) + " %",
        _middle(rounds, lambda each: each.driver * 100) + " %",
    )


def _spread(figures: Iterable[float]) -> tuple[str, str]:
    taken = list(figures)
    return f"{median(taken):.1f}", f"{min(taken):.1f}-{max(taken):.1f}"


def _middle(rounds: list[Round], figure: Callable[[Round], float]) -> str:
    return f"{median(map(figure, rounds)):.1f}"


def _aligned(line: Sequence[str], widths: Sequence[int]) -> str:
    name, *figures = line
    right = (each.rjust(width) for each, width in zip(figures, widths[1:], strict=True))
    return "  ".join((name.ljust(widths[0]), *right))
