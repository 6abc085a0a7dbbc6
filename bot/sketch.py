"""What stands in a picture, in words and lengths: written by who words it, read by the process that draws it."""

import msgspec


class Bar(msgspec.Struct, frozen=True):
    """One bar: what it is, its length as a part of its track, and what stands at its end."""

    label: str
    part: float
    value: str


class Sketch(msgspec.Struct, frozen=True):
    """A picture before it is drawn. `note` stands at its foot."""

    title: str
    head: str
    note: str
    bars: tuple[Bar, ...]
