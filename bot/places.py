"""Which country a place lies in, offline: as near a border as the outlines may err, the countries on both sides.

The outlines are those of country-coder (docs/decisions/008-the-country-of-a-place.md). The place itself is not kept.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import pairwise
from math import cos, hypot, radians

from msgspec import Struct

KM_PER_DEGREE = 111.2
"""Of latitude, anywhere; of longitude at the equator."""
MARGIN_KM = 10.0
"""Nearer to an outline than this, a country can't be told for certain."""

Outline = tuple[tuple[float, float], ...]
"""Corners, longitude before latitude, closed."""


class Ring(Struct, frozen=True):
    """One outline, and the box around it (west, south, east, north)."""

    outline: Outline
    box: tuple[float, float, float, float]


def countries(latitude: float, longitude: float) -> tuple[str, ...]:
    """The countries that a place may lie in, the likeliest first; none for the high seas. In degrees, WGS 84."""
    stretch = max(cos(radians(latitude)), 0.01)
    within: list[str] = []
    beside: list[str] = []
    for codes, rings in _borders():
        reach = [ring for ring in rings if _reaches(ring, latitude, longitude, stretch)]
        if sum(_crossings(ring.outline, latitude, longitude) for ring in reach) % 2:
            within.extend(codes)
        elif any(_nearby(ring.outline, latitude, longitude, stretch) for ring in reach):
            beside.extend(codes)
    return tuple(dict.fromkeys((*within, *beside)))


def _reaches(ring: Ring, latitude: float, longitude: float, stretch: float) -> bool:
    margin = MARGIN_KM / KM_PER_DEGREE
    west, south, east, north = ring.box
    aside = margin / stretch
    return south - margin <= latitude <= north + margin and west - aside <= longitude <= east + aside


def _crossings(outline: Outline, latitude: float, longitude: float) -> int:
    """How often a line from here to the east meets the outline: oddly often from within."""
    return sum(
        (south > latitude) != (north > latitude)
        and longitude < (east - west) * (latitude - south) / (north - south) + west
        for (west, south), (east, north) in pairwise(outline)
    )


def _nearby(outline: Outline, latitude: float, longitude: float, stretch: float) -> bool:
    """Whether the outline comes within the margin, on a map that is flat around here."""
    flat = (
        ((east - longitude) * stretch * KM_PER_DEGREE, (north - latitude) * KM_PER_DEGREE) for east, north in outline
    )
    return any(_distance(start, end) < MARGIN_KM for start, end in pairwise(flat))


def _distance(start: tuple[float, float], end: tuple[float, float]) -> float:
    """From the origin to a line between two points."""
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    length = dx * dx + dy * dy
    along = min(1.0, max(0.0, -(x * dx + y * dy) / length)) if length else 0.0
    return hypot(x + along * dx, y + along * dy)


@cache
def _borders() -> tuple[tuple[tuple[str, ...], tuple[Ring, ...]], ...]:
    """Read once, when the first place comes: 50 ms, and 5 MB from then on."""
    source = resources.files("bot") / "data" / "borders.json"
    read = json.loads(source.read_text(encoding="utf-8"))
    return tuple((tuple(codes.split("+")), tuple(_rings(flat))) for codes, flat in read.items())


def _rings(flat: list[list[float]]) -> Iterator[Ring]:
    for numbers in flat:
        corners = tuple(zip(numbers[::2], numbers[1::2], strict=True))
        easts, norths = numbers[::2], numbers[1::2]
        yield Ring((*corners, corners[0]), (min(easts), min(norths), max(easts), max(norths)))
