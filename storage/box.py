"""The one symmetric seal: Cobblestone-256 from `cryptography`, and the first byte that names what a sealed thing is.

Cobblestone commits to its key and context, draws its own 192-bit salt and authenticates the end of the data,
so there is no nonce to repeat, no way to cut or extend, and no ciphertext that opens under two keys.
"""

from enum import IntEnum

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from storage.errors import Tampered, UnknownFormat

KEY_BYTES = 32


class Format(IntEnum):
    """First byte of everything sealed. A number is never used again for anything else."""

    ROW = 0x01
    VOLATILE = 0x02
    LETTER = 0x11
    WRAP = 0x21
    BLOB = 0x31
    RING = 0x41

    @property
    def mark(self) -> bytes:
        return bytes((self,))


def new_key() -> bytes:
    """32 random bytes."""
    return Cobblestone256Encryptor.generate_key()


def seal(key: bytes | bytearray, context: bytes, plaintext: bytes | bytearray) -> bytes:
    """Seal the plaintext under key and context (72 bytes longer for each 16 KiB begun)."""
    encryptor = Cobblestone256Encryptor(key, context)
    return encryptor.update(plaintext) + encryptor.finalize()


def unseal(key: bytes | bytearray, context: bytes, sealed: bytes) -> bytes:
    """Open what `seal` made. Raises Tampered unless key, context and every byte are the same."""
    decryptor = Cobblestone256Decryptor(key, context)
    try:
        return decryptor.update(sealed) + decryptor.finalize()
    except InvalidTag:
        raise Tampered from None


def expect(format: Format, sealed: bytes, head: int) -> None:
    """Refuse what is not of this format (UnknownFormat) or shorter than its head of `head` bytes (Tampered)."""
    if sealed[:1] != format.mark:
        raise UnknownFormat
    if len(sealed) < head:
        raise Tampered
