"""Makes bot/data/borders.json from the outlines of country-coder: see bot/data/README.md.

python tests/bot/borders_source.py package/src/data/borders.json > bot/data/borders.json
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SHARED = {"Crimea": "RU+UA", "Northern Cyprus": "CY", "Kosovo": "XK"}
"""Outlines whose country is disputed, or has no code of ISO 3166-1. Several codes: the person is asked."""
DECIMALS = 3
"""Of a degree: about 100 m, finer than the outlines are."""


def outlines(features: list[dict[str, Any]]) -> Iterator[tuple[str, list[float]]]:
    """Codes and the corners of a ring, longitude before latitude, one after the other."""
    for feature in features:
        codes = _codes(feature["properties"])
        for polygon in (feature["geometry"] or {}).get("coordinates", ()):
            for ring in polygon if codes else ():
                yield codes, [round(number, DECIMALS) for corner in ring[:-1] for number in corner]


def _codes(properties: dict[str, Any]) -> str:
    """An official code of its own, or that of the country it belongs to; none for what belongs to nobody."""
    official = "iso1A2" in properties and properties.get("isoStatus", "official") == "official"
    own = properties["iso1A2"] if official else properties.get("country", "")
    return SHARED.get(properties["nameEn"]) or own


if __name__ == "__main__":
    together: dict[str, list[list[float]]] = {}
    for codes, ring in outlines(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["features"]):
        together.setdefault(codes, []).append(ring)
    print(json.dumps(dict(sorted(together.items())), separators=(",", ":")))
