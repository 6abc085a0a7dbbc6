"""Padding, so that a length at rest says little about what was written.

Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019)
keeps only the top bits of a length: at most 12 % larger, and O(log log n) bits told. Below 256 bytes all look alike.
The mark 0x80 ends the content and zeros follow (ISO/IEC 7816-4), so that it can be undone without a length field.
"""

from storage.errors import Tampered

FLOOR = 256
"""Bytes: the smallest padded size."""

BLOCK = 4096
"""Bytes: attachments are padded to whole blocks of a disk."""

_MARK = b"\x80"


def padme(length: int) -> int:
    """The smallest Padmé size that holds `length` bytes (at least FLOOR)."""
    if length <= FLOOR:
        return FLOOR
    exponent = length.bit_length() - 1
    low_bits = exponent - exponent.bit_length()
    mask = (1 << low_bits) - 1
    return (length + mask) & ~mask


def pad(content: bytes | bytearray) -> bytes:
    """Mark the end of the content and fill with zeros up to its Padmé size."""
    marked = bytes(content) + _MARK
    return marked.ljust(padme(len(marked)), b"\0")


def unpad(padded: bytes) -> bytes:
    """Undo `pad`. Raises Tampered when there is no mark."""
    content = padded.rstrip(b"\0")
    if not content.endswith(_MARK):
        raise Tampered
    return content[:-1]


def blocks(length: int) -> int:
    """The size in bytes of an attachment padded to whole blocks (an empty file takes one)."""
    return max(1, -(-length // BLOCK)) * BLOCK
