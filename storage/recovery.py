"""The recovery key as people hold it: text that the `age` tool reads too.

An identity is `AGE-SECRET-KEY-PQ-1…`, a recipient `age1pq1…`: the 32-byte seed and the 1216-byte public key of an
X-Wing pair in Bech32 (C2SP age specification, "The MLKEM768-X25519 hybrid post-quantum recipient type"). So a backup
can be opened years later with a tool that Panah did not write.

Bech32 is written out here because age uses it without BIP 173's limit of 90 characters, which the package for it keeps.
"""

from collections.abc import Iterable, Iterator

from storage.errors import NotAKey
from storage.pairs import SEED_BYTES, require_public

_IDENTITY, _RECIPIENT, _CLASSIC = "age-secret-key-pq-", "age1pq", "age"
X25519_BYTES = 32
_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_SYMBOLS = 6


def identity_text(seed: bytes | bytearray) -> str:
    """A seed as an age identity, in capitals as age writes it. Show it once; it can't be wiped."""
    return _encode(_IDENTITY, seed).upper()


def parse_identity(text: str) -> bytearray:
    """The seed of an age identity, to be wiped after use. Raises NotAKey."""
    seed = bytearray(_decode(_IDENTITY, text))
    if len(seed) != SEED_BYTES:
        raise NotAKey
    return seed


def recipient_text(public: bytes) -> str:
    """A public key as an age recipient."""
    return _encode(_RECIPIENT, public)


def parse_recipient(text: str) -> bytes:
    """The public key of an age recipient. Raises NotAKey."""
    public = _decode(_RECIPIENT, text)
    require_public(public)
    return public


def parse_partner(text: str) -> bytes:
    """The public key of another's age recipient: X-Wing (1216 bytes) or X25519 (32 bytes). Raises NotAKey."""
    if text.strip().lower().startswith(_RECIPIENT + "1"):
        return parse_recipient(text)
    public = _decode(_CLASSIC, text)
    if len(public) != X25519_BYTES:
        raise NotAKey
    return public


def _encode(prefix: str, data: bytes | bytearray) -> str:
    symbols = list(_regroup(data, 8, 5))
    return prefix + "1" + "".join(_ALPHABET[symbol] for symbol in symbols + _checksum(prefix, symbols))


def _decode(prefix: str, text: str) -> bytes:
    """What encodes to exactly this text: so prefix, checksum and the bits left over are right, and its case is one."""
    text = text.strip()
    body = text.lower()
    if text not in (body, text.upper()) or not body.startswith(prefix + "1"):
        raise NotAKey
    symbols = [_ALPHABET.find(letter) for letter in body[len(prefix) + 1 :]]
    if -1 in symbols:
        raise NotAKey
    data = bytes(_regroup(symbols[:-_CHECKSUM_SYMBOLS], 5, 8))
    if _encode(prefix, data) != body:
        raise NotAKey
    return data


def _checksum(prefix: str, symbols: list[int]) -> list[int]:
    rest = _polymod(_expanded(prefix) + symbols + [0] * _CHECKSUM_SYMBOLS) ^ 1
    return [rest >> 5 * (5 - place) & 31 for place in range(_CHECKSUM_SYMBOLS)]


def _expanded(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def _polymod(symbols: Iterable[int]) -> int:
    rest = 1
    for symbol in symbols:
        top, rest = rest >> 25, (rest & 0x1FFFFFF) << 5 ^ symbol
        for bit, term in enumerate(_GENERATOR):
            rest ^= term if top >> bit & 1 else 0
    return rest


def _regroup(values: Iterable[int], width: int, into: int) -> Iterator[int]:
    """Bits in groups of `width` to groups of `into`; a last group is filled with zeros on the way to Bech32 only."""
    held = bits = 0
    for value in values:
        held, bits = (held << width | value) & 0xFFF, bits + width
        while bits >= into:
            bits -= into
            yield held >> bits & (1 << into) - 1
    if bits and width > into:
        yield held << into - bits & (1 << into) - 1
