"""`python -m bench`: rounds on Panah and on the plain bot in turn; exit code 1 when the ratio is too small."""

import argparse
import asyncio
import signal
import sys

from bench.measure import Load, Round, measured
from bench.subjects import Panah, Plain, Subject
from bench.table import ratio, table


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="One form on Panah and on a plain bot.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each bot, in turn")
    parser.add_argument("--reporters", type=int, default=100, help="people who report at the same time")
    parser.add_argument("--seconds", type=float, default=10.0, help="measured in each round")
    parser.add_argument("--warm", type=float, default=3.0, help="seconds before that, not measured")
    parser.add_argument("--at-least", type=float, default=1.5, help="the ratio below which this fails")
    parser.add_argument("--only", choices=("panah", "plain"), help="one of the two, and no verdict")
    return parser.parse_args()


async def play(subjects: list[Subject], rounds: int, load: Load) -> dict[str, list[Round]]:
    """Rounds in turn, so that a slow minute of the machine falls on both."""
    taken: dict[str, list[Round]] = {subject.name: [] for subject in subjects}
    for _ in range(rounds):
        for subject in subjects:
            taken[subject.name].append(await measured(subject, load))
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return taken


def main() -> int:
    """Measure, print, judge."""
    options = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever stops us: the bot is stopped with us
    every: dict[str, Subject] = {"panah": Panah(), "plain": Plain()}
    subjects = [every[options.only]] if options.only else list(every.values())
    load = Load(options.reporters, options.warm, options.seconds)
    taken = asyncio.run(play(subjects, options.rounds, load))
    print(table(taken))
    if options.only:
        return 0
    found = ratio(*taken.values())
    print(f"\nPanah to the plain bot, reports/s: {found:.2f} (at least {options.at_least:g})")
    return 0 if found >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
