"""Passphrases of responders: generated, never chosen; stretched with Argon2id; never stored.

A seed wrapped under one is `21 | memory u32 (KiB) | passes u8 | lanes u8 | salt (16) | Cobblestone-256`. The ring's
pepper goes in as Argon2id's secret, so that a stolen database alone gives nothing to guess against.
"""

import secrets
import struct
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from storage import box
from storage.errors import BadParameters, Tampered, WordListChanged, WrongPassphrase
from storage.hygiene import wipe

WORDS = 6
_LIST_LENGTH = 7776  # EFF's long list (2016), five dice for a word: six words hold 77 bits
_HEAD = struct.Struct(">BIBB16s")
_SALT_BYTES = 16
_MIB = 1024

_ALONE = threading.Lock()
"""One at a time: with several lanes, two that begin together wait for each other for ever (cryptography 50.0.2)."""


@dataclass(frozen=True, slots=True)
class Kdf:
    """Argon2id's cost: memory in KiB, passes, lanes. Raises BadParameters outside the bounds.

    The floor holds off cheap guessing, the ceiling a wrap that was changed so as to exhaust the server.
    The default takes about 1.3 s on two cores, without the GIL: call it in a thread.
    """

    memory: int = 256 * _MIB
    passes: int = 3
    lanes: int = 4

    def __post_init__(self) -> None:
        bounded = 64 * _MIB <= self.memory <= 4096 * _MIB and 3 <= self.passes <= 16 and 1 <= self.lanes <= 16
        if not bounded:
            raise BadParameters


FLOOR = Kdf(memory=64 * _MIB)


def new_passphrase() -> str:
    """Six random words of EFF's long list, with spaces."""
    return " ".join(secrets.choice(_eff_words()) for _ in range(WORDS))


def wrap(seed: bytes | bytearray, passphrase: str, pepper: bytes, context: bytes, kdf: Kdf) -> bytes:
    """Seal a seed under a passphrase, for the place that the context names."""
    salt = secrets.token_bytes(_SALT_BYTES)
    head = _HEAD.pack(box.Format.WRAP, kdf.memory, kdf.passes, kdf.lanes, salt)
    key = _stretch(passphrase, salt, pepper, context, kdf)
    try:
        return head + box.seal(key, context + head, seed)
    finally:
        wipe(key)


def unwrap(wrapped: bytes, passphrase: str, pepper: bytes, context: bytes) -> bytearray:
    """The seed of a wrap. Raises WrongPassphrase (also for a changed wrap), BadParameters, UnknownFormat, Tampered."""
    box.expect(box.Format.WRAP, wrapped, _HEAD.size)
    head = wrapped[: _HEAD.size]
    _, memory, passes, lanes, salt = _HEAD.unpack(head)
    key = _stretch(passphrase, salt, pepper, context, Kdf(memory, passes, lanes))
    try:
        return bytearray(box.unseal(key, context + head, wrapped[_HEAD.size :]))
    except Tampered:
        raise WrongPassphrase from None
    finally:
        wipe(key)


def _stretch(passphrase: str, salt: bytes, pepper: bytes, context: bytes, kdf: Kdf) -> bytearray:
    key, words = bytearray(box.KEY_BYTES), bytearray(_as_typed(passphrase).encode())
    argon = Argon2id(
        salt=salt,
        length=len(key),
        iterations=kdf.passes,
        lanes=kdf.lanes,
        memory_cost=kdf.memory,
        ad=context,
        secret=pepper,
    )
    try:
        with _ALONE:
            argon.derive_into(words, key)  # type: ignore[arg-type]  # takes any buffer; its stub says bytes
    finally:
        wipe(words)
    return key


def _as_typed(passphrase: str) -> str:
    """Telephones capitalise, double spaces and send odd ones: none of that changes the words."""
    return " ".join(unicodedata.normalize("NFKC", passphrase).casefold().split())


def is_word(word: str) -> bool:
    """Whether passphrases are made of such words. Raises WordListChanged."""
    return word in _eff_set()


@cache
def _eff_set() -> frozenset[str]:
    return frozenset(_eff_words())


@cache
def _eff_words() -> tuple[str, ...]:
    words = tuple((files("xkcdpass") / "static" / "eff-long").read_text(encoding="ascii").split())
    if len(set(words)) != _LIST_LENGTH or len(words) != _LIST_LENGTH:
        raise WordListChanged("xkcdpass")
    return words
