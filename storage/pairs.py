"""Key pairs of people, pools, cases and recovery: X-Wing (ML-KEM-768 with X25519), and letters sealed to them.

A private key is a 32-byte seed, the same as an age post-quantum identity; a public key is its 1216 bytes as in
draft-connolly-cfrg-xwing-kem: ML-KEM-768 first, X25519 last. `cryptography` has no serialisation for the pair,
so both halves are rebuilt from the seed (SHAKE256, 96 bytes) when they are needed.
"""

import hashlib
import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from mnemonic import Mnemonic

from storage.box import Format, expect
from storage.errors import NotAKey, Tampered
from storage.framing import APP, frame
from storage.hygiene import wipe
from storage.padding import pad, unpad

SEED_BYTES = 32
PUBLIC_BYTES = 1216
FINGERPRINT_BYTES = 16
_MLKEM_PUBLIC, _MLKEM_SEED = 1184, 64
_EXPANDED = 96
_HEAD = 1 + FINGERPRINT_BYTES

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
_SPOKEN_WORDS, _WORD_BITS = 4, 11


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """A seed to be wiped, and its public key. As a context manager it wipes the seed at the end."""

    seed: bytearray
    public: bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        wipe(self.seed)

    def __repr__(self) -> str:
        return f"KeyPair({fingerprint(self.public).hex()})"


def new_pair() -> KeyPair:
    """A fresh random key pair."""
    seed = bytearray(secrets.token_bytes(SEED_BYTES))
    return KeyPair(seed, public_of(seed))


def public_of(seed: bytes | bytearray) -> bytes:
    """The 1216-byte public key of a seed. Raises NotAKey."""
    mlkem, x25519 = _halves(seed)
    return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()


def fingerprint(public: bytes) -> bytes:
    """16 bytes that name a public key."""
    return hashlib.sha256(frame(APP, "fingerprint", public)).digest()[:FINGERPRINT_BYTES]


def spoken(public: bytes) -> str:
    """Four words of the BIP 39 English list (44 bits), to be compared by voice.

    Stretched with scrypt (16 MiB, some 50 ms), so that a key whose words are the same costs an attacker
    2^44 times that, not 2^44 hashes.
    """
    bits = int.from_bytes(Scrypt(salt=b"panah spoken", length=8, n=2**14, r=8, p=1).derive(fingerprint(public)), "big")
    words = Mnemonic("english").wordlist
    shifts = range(0, _SPOKEN_WORDS * _WORD_BITS, _WORD_BITS)
    return " ".join(words[bits >> shift & len(words) - 1] for shift in shifts)


def require_public(public: bytes) -> None:
    """Raises NotAKey unless these bytes are an X-Wing public key."""
    _public_key(public)


def seal_letter(public: bytes, plaintext: bytes | bytearray, context: bytes) -> bytes:
    """Seal so that only the holder of the seed can read: 11 | fingerprint | HPKE, with all of the context as `info`."""
    head = Format.LETTER.mark + fingerprint(public)
    try:
        return head + _SUITE.encrypt(pad(plaintext), _public_key(public), info=context + head)
    except ValueError:  # an X25519 point of small order
        raise NotAKey from None


def open_letter(seed: bytes | bytearray, sealed: bytes, context: bytes) -> bytes:
    """Open what `seal_letter` made. Raises Tampered, UnknownFormat, NotAKey."""
    expect(Format.LETTER, sealed, _HEAD)
    try:
        padded = _SUITE.decrypt(sealed[_HEAD:], _private_key(seed), info=context + sealed[:_HEAD])
    except InvalidTag:
        raise Tampered from None
    return unpad(padded)


def seal_bare(public: bytes, key: bytes, info: bytes) -> bytes:
    """HPKE alone, without mark and padding: for formats that are not ours (`storage.age`). Raises NotAKey."""
    try:
        return _SUITE.encrypt(key, _public_key(public), info=info)
    except ValueError:  # an X25519 point of small order
        raise NotAKey from None


def open_bare(seed: bytes | bytearray, sealed: bytes, info: bytes) -> bytes:
    """Open what `seal_bare` made. Raises Tampered, NotAKey."""
    try:
        return _SUITE.decrypt(sealed, _private_key(seed), info=info)
    except (InvalidTag, ValueError):
        raise Tampered from None


def _public_key(public: bytes) -> MLKEM768X25519PublicKey:
    if len(public) != PUBLIC_BYTES:
        raise NotAKey
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )
    except ValueError:
        raise NotAKey from None


def _private_key(seed: bytes | bytearray) -> MLKEM768X25519PrivateKey:
    return MLKEM768X25519PrivateKey(*_halves(seed))


def _halves(seed: bytes | bytearray) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    if len(seed) != SEED_BYTES:
        raise NotAKey
    expanded = bytearray(hashlib.shake_256(seed).digest(_EXPANDED))
    try:
        return (
            MLKEM768PrivateKey.from_seed_bytes(expanded[:_MLKEM_SEED]),
            X25519PrivateKey.from_private_bytes(expanded[_MLKEM_SEED:]),
        )
    finally:
        wipe(expanded)
