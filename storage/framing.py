"""Contexts: which place, which person, which revision a sealed thing belongs to.

Every part goes in with its length before it, so two different lists of parts never give the same bytes
(`("ab", "c")` and `("a", "bc")` differ). That makes a context a name which cannot be forged by shifting borders.
"""

APP = "panah"


def frame(*parts: str | bytes) -> bytes:
    """Join parts injectively: each as a 4-byte big-endian length and its bytes (text as UTF-8)."""
    return b"".join([_prefixed(part.encode() if isinstance(part, str) else part) for part in parts])


def _prefixed(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part
