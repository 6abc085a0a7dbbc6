"""How fast we may speak: one limit for the whole bot, one for each chat; and who waits when we were too fast.

Source: core.telegram.org/bots/faq, "My bot is hitting limits": about 30 messages a second, about one a second in a chat
with short bursts allowed, 20 a minute in a group. What goes over gets 429 with a time to wait. Paid broadcasts may be
up to 1,000 a second (core.telegram.org/bots/api, "sendMessage": `allow_paid_broadcast`): of advisories only; all other
words keep to the free pace.
"""

from collections import OrderedDict, deque
from collections.abc import Callable

CHAT_BURST = 6.0
"""Messages that may follow each other at once in one chat: the longest answer we give."""

GROUP_SHARE, GROUP_BURST = 0.25, 5.0
"""A group's part of a chat's pace, and its burst: 15 a minute and five at once, never more than 20 in a minute."""

BULK_BURST = 0.05
"""Seconds' worth of advisories that may follow each other at once: they go out evenly, and leave gaps for the rest."""

REMEMBERED = 10_000
"""Chats whose buckets are kept; the one that was quiet longest is full again anyway."""


class Bucket:
    """Fills by `rate` tokens a second up to `size`. Times in seconds of any steady clock."""

    __slots__ = ("at", "level", "rate", "size")

    def __init__(self, rate: float, size: float, at: float) -> None:
        self.rate, self.size, self.level, self.at = rate, size, size, at

    def wait(self, at: float) -> float:
        """Seconds until one token is there."""
        self.level = min(self.size, self.level + max(0.0, at - self.at) * self.rate)
        self.at = at
        return max(0.0, (1.0 - self.level) / self.rate)

    def take(self) -> None:
        self.level -= 1.0


class Window:
    """Never more than `rate` in any second (below one: one in the time that it takes). Times as in `Bucket`.

    A bucket as large would let twice as many through in the first second.
    """

    def __init__(self, rate: float) -> None:
        most = max(1, int(rate))
        self._span, self._taken = most / rate, deque[float](maxlen=most)

    def wait(self, at: float) -> float:
        """Seconds until one more may go."""
        taken = self._taken
        if taken and at < taken[-1]:  # the clock was set back: it is as long ago as it was
            back = taken[-1] - at
            self._taken = taken = deque((each - back for each in taken), maxlen=taken.maxlen)
        return max(0.0, taken[0] + self._span - at) if len(taken) == taken.maxlen else 0.0

    def take(self, at: float) -> None:
        self._taken.append(at)


def _even(rate: float) -> Bucket:
    return Bucket(rate, max(1.0, rate * BULK_BURST), 0.0)


class Pace:
    """Says how long to wait before the next message to a chat; `bulk` ones are advisories.

    `per_second`: messages a second; `paid`: advisories among them, when those are paid for. `is_group`: whether an
    address is a group's.
    """

    def __init__(
        self,
        per_second: float,
        per_chat_second: float,
        is_group: Callable[[str], bool] = lambda chat: False,
        paid: float = 0,
    ) -> None:
        fastest = max(per_second, paid)
        self._all, self._free = Window(fastest), Window(per_second)
        self._bulk, self._changes = _even(fastest), _even(per_second)
        self._per_chat, self._is_group = per_chat_second, is_group
        self._chats: OrderedDict[str, Bucket] = OrderedDict()
        self._refused: dict[str, float] = {}

    def wait(self, chat: str, at: float, bulk: bool = False, change: bool = False) -> float:
        """0 and a token taken, or the seconds to wait. `change`: of an advisory that is out, which isn't paid for."""
        evenly, free = self._changes if change else self._bulk, change or not bulk
        waits = (evenly.wait(at) if bulk else 0.0, self._free.wait(at) if free else 0.0)
        left = max(self._all.wait(at), *waits, self.own(chat, at, bulk))
        if left <= 0:
            self._all.take(at)
            if bulk:
                evenly.take()
            if free:
                self._free.take(at)
            self._bucket(chat, at).take()
        return left

    def own(self, chat: str, at: float, bulk: bool = False) -> float:
        """The part of the wait that is not everybody's: others can go before."""
        return max(self._bucket(chat, at).wait(at), self.pause(at, bulk))

    def refused(self, chat: str, seconds: float, at: float) -> None:
        """A message to this chat was one too many: to be tried again after so many seconds."""
        self._refused = {each: until for each, until in self._refused.items() if until > at} | {chat: at + seconds}

    def pause(self, at: float, bulk: bool = False) -> float:
        """Seconds for which nothing goes to anybody, or no advisory.

        Telegram does not say whether the chat or the bot was too fast. After one chat was refused, advisories wait;
        after two, in private, everybody does: so no single chat, and no group, can silence us for the others.
        """
        waits = [until - at for chat, until in self._refused.items() if bulk or not self._is_group(chat)]
        longest = sorted(waits, reverse=True)[0 if bulk else 1 :]
        return max(0.0, longest[0]) if longest else 0.0

    def _bucket(self, chat: str, at: float) -> Bucket:
        bucket = self._chats.pop(chat, None) or self._fresh(chat, at)
        self._chats[chat] = bucket
        if len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)
        return bucket

    def _fresh(self, chat: str, at: float) -> Bucket:
        rate, burst = self._per_chat, CHAT_BURST
        if self._is_group(chat):
            rate, burst = rate * GROUP_SHARE, GROUP_BURST
        return Bucket(rate, max(burst, rate), at)
