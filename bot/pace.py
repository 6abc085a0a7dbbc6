"""How fast we may speak: one bucket for the whole bot, one for each chat.

Source: core.telegram.org/bots/faq, "My bot is hitting limits": about 30 messages a second, about one a second in a chat
with short bursts allowed. What goes over gets 429 with a time to wait.
"""

from collections import OrderedDict

CHAT_BURST = 6.0
"""Messages that may follow each other at once in one chat: the longest answer we give."""

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
    """Says how long to wait before the next message to a chat."""

    def __init__(self, per_second: float, per_chat_second: float) -> None:
        self._all = Bucket(per_second, max(1.0, per_second), 0.0)
        self._per_chat = per_chat_second
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
        bucket = self._chats.pop(chat, None) or Bucket(self._per_chat, max(CHAT_BURST, self._per_chat), at)
        self._chats[chat] = bucket
        if len(self._chats) > REMEMBERED:
            self._chats.popitem(last=False)
        return bucket
