"""How fast we may speak: one bucket for the whole bot, one for each chat.

Source: core.telegram.org/bots/faq, "My bot is hitting limits": about 30 messages a second, about one a second in a chat
with short bursts allowed, 20 a minute in a group. What goes over gets 429 with a time to wait.
"""

from collections import OrderedDict
from collections.abc import Callable

CHAT_BURST = 6.0
"""Messages that may follow each other at once in one chat: the longest answer we give."""

GROUP_SHARE, GROUP_BURST = 0.25, 5.0
"""A group's part of a chat's pace, and its burst: 15 a minute and five at once, never more than 20 in a minute."""

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


class Pace:
    """Says how long to wait before the next message to a chat. `is_group`: whether an address is a group's."""

    def __init__(
        self, per_second: float, per_chat_second: float, is_group: Callable[[str], bool] = lambda chat: False
    ) -> None:
        self._all = Bucket(per_second, max(1.0, per_second), 0.0)
        self._per_chat, self._is_group = per_chat_second, is_group
        self._chats: OrderedDict[str, Bucket] = OrderedDict()

    def wait(self, chat: str, at: float) -> float:
        """0 and a token taken, or the seconds to wait."""
        bucket = self._bucket(chat, at)
        left = max(self._all.wait(at), bucket.wait(at))
        if left <= 0:
            self._all.take()
            bucket.take()
        return left

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
