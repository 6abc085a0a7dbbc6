"""The one exception of the inside, and what it answers with."""

from typing import NamedTuple


class Refusal(Exception):
    """This can't be cleaned. `code` is one of `handlers.model.Uncleanable`, spelt out: the inside imports no core."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Clean(NamedTuple):
    """A copy without metadata. `ending` is that of a file name, without the dot."""

    data: bytes
    ending: str
    mime: str
