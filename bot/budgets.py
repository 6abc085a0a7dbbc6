"""How much one chat may ask at once, and who goes first. Nothing is refused: what is over a budget waits.

Budgets live in memory only: no list of who wrote how often exists anywhere, and a restart forgives everybody. What
they decide is a `Turn`, which the inbox keeps; how a crowd is served is in `storage.inbox` and `storage.leasing`.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from bot.pace import Bucket
from handlers.model import Address, Choice, Command, Event
from storage.records import Arrival, Turn

T = TypeVar("T")

BURST = 40
"""Events that one chat may send without waiting: the whole form, pressed through as fast as fingers can."""
DANGER_BURST, DANGER_PER_SECOND = 300, 10.0
"""The danger lane's own budget, for all chats together: beyond it, danger is served like everything else."""
DANGER_LASTS = 3600.0
"""Seconds for which a chat that spoke of danger goes first: longer than the form takes."""
REMEMBERED = 20_000
"""Chats of which anything is remembered; the one that was quiet longest is forgotten."""


def speaks_of_danger(event: Event) -> bool:
    """The command for it, or the answer "now" of any question: all that can be told at the door."""
    match event:
        case Command("danger"):
            return True
        case Choice("a", "now"):
            return True
    return False


class Budgets:
    """Says of each arrival when its turn is. `per_minute`: events of one chat, after its burst."""

    def __init__(self, per_minute: float) -> None:
        self._rate = per_minute / 60
        self._chats: OrderedDict[Address, Bucket] = OrderedDict()
        self._danger: OrderedDict[Address, float] = OrderedDict()
        self._lane = Bucket(DANGER_PER_SECOND, DANGER_BURST, 0.0)

    def weigh(self, arrivals: Sequence[Arrival], at: float) -> list[Arrival]:
        """The same arrivals, each with its turn. `at`: seconds of any steady clock."""
        return [replace(arrival, turn=self._turn(arrival, at)) for arrival in arrivals]

    def _turn(self, arrival: Arrival, at: float) -> Turn:
        if speaks_of_danger(arrival.event):
            _remember(self._danger, arrival.address, at + DANGER_LASTS)
        wait = self._wait(arrival.address, at)
        return Turn(not wait and self._goes_first(arrival.address, at), wait)

    def _wait(self, address: Address, at: float) -> float:
        bucket = self._chats.get(address) or Bucket(self._rate, BURST, at)
        _remember(self._chats, address, bucket)
        wait = bucket.wait(at)
        bucket.take()
        return wait

    def _goes_first(self, address: Address, at: float) -> bool:
        until = self._danger.get(address)
        if until is None or until < at or self._lane.wait(at):
            return False
        self._lane.take()
        return True


def _remember(among: OrderedDict[Address, T], address: Address, value: T) -> None:
    among[address] = value
    among.move_to_end(address)
    if len(among) > REMEMBERED:
        among.popitem(last=False)
