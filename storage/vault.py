"""The vault: everything at rest is sealed here and opened here, and every seal names the place it belongs to.

    seal_row / open_row     layer 1, every blob of the database: authentic, bound to its row, shredded with its month
    seal_for / open_with    layer 2, for people only: the server seals with a public key and cannot open
    wrap / unwrap           a responder's own seed, under her passphrase

Layer 2 goes inside layer 1. The functions are pure but for randomness and the month's key; nothing here does I/O
except `Keyring`, once a month.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime

from storage import box, codes, pairs, passphrase
from storage.framing import APP, frame
from storage.keyring import LASTING, Keyring
from storage.padding import pad, unpad
from storage.passphrase import Kdf

_ROW_HEAD = 3
_DEFAULT_KDF = Kdf()


def utc_today() -> date:
    return datetime.now(UTC).date()


class Vault:
    """Seals and opens with the keys of one ring."""

    def __init__(self, ring: Keyring, kdf: Kdf = _DEFAULT_KDF, today: Callable[[], date] = utc_today) -> None:
        self.ring = ring
        self._kdf, self.today = kdf, today
        self._rows = frame(APP, ring.deployment, "row")
        self._letters = frame(APP, ring.deployment, "letter")
        self._wraps = frame(APP, ring.deployment, "wrap")

    def seal_row(self, table: str, column: str, row: str, revision: int, plaintext: bytes) -> bytes:
        """Seal for one place in the database: 01 | kid u16 | Cobblestone-256 under the month's key, padded."""
        return self._sealed(self.ring.current(self.today()), table, column, row, revision, plaintext)

    def seal_lasting(self, table: str, column: str, row: str, plaintext: bytes) -> bytes:
        """The same under the key that lasts: for what must stay as it was sealed."""
        return self._sealed(LASTING, table, column, row, 0, plaintext)

    def _sealed(self, kid: int, table: str, column: str, row: str, revision: int, plaintext: bytes) -> bytes:
        context = self._rows + frame(table, column, row, str(revision))
        return box.Format.ROW.mark + kid.to_bytes(2, "big") + box.seal(self.ring.data_key(kid), context, pad(plaintext))

    def open_row(self, table: str, column: str, row: str, revision: int, sealed: bytes) -> bytes:
        """Open what was sealed for exactly this place. Raises Tampered, KeyDestroyed, UnknownFormat."""
        box.expect(box.Format.ROW, sealed, _ROW_HEAD)
        key = self.ring.data_key(int.from_bytes(sealed[1:_ROW_HEAD], "big"))
        context = self._rows + frame(table, column, row, str(revision))
        return unpad(box.unseal(key, context, sealed[_ROW_HEAD:]))

    def seal_for(self, public: bytes, plaintext: bytes | bytearray, *info: str) -> bytes:
        """Seal so that only the holder of the seed reads it: 11 | fingerprint (16) | HPKE, padded.

        `info` names what this is and where it belongs (case, part, epoch …); opening needs the same. Raises NotAKey.
        """
        return pairs.seal_letter(public, plaintext, self._letters + frame(*info))

    def open_with(self, seed: bytes | bytearray, sealed: bytes, *info: str) -> bytes:
        """Open with a seed what was sealed to its public key. Raises Tampered, UnknownFormat, NotAKey."""
        return pairs.open_letter(seed, sealed, self._letters + frame(*info))

    def wrap(self, seed: bytes | bytearray, words: str, member: str) -> bytes:
        """Seal a member's seed under her passphrase. Takes about a second: call it in a thread."""
        return passphrase.wrap(seed, words, self.ring.pepper, self._wraps + frame(member), self._kdf)

    def unwrap(self, wrapped: bytes, words: str, member: str) -> bytearray:
        """A member's seed, to be wiped after use; in a thread. Raises WrongPassphrase, BadParameters, UnknownFormat."""
        return passphrase.unwrap(wrapped, words, self.ring.pepper, self._wraps + frame(member))

    def stretch(self, code: str) -> str:
        """A reporter's code as it is kept and looked up. Takes about 20 ms: call it in a thread."""
        return codes.stretch(code, self.ring.code_salt)
